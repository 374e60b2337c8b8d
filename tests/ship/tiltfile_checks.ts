/**
 * `deploy/Tiltfile`, run by Starlark's own interpreter; what Tilt would do is written down.
 *
 * @module
 */
import assert from "#assert";
import { parse } from "yaml";
import { projectFolder, projectText } from "../support/project.ts";
import { check, runProgram } from "./check.ts";
import { withFiles } from "./manifests.ts";

/** Tilt's functions that the file calls: each prints its name and what it was given. */
const TILT = `
def tell(name, args, options):
    print(json.encode({"call": name, "args": args, "options": options}))

def read_file(path): return path + "\\n"
def kustomize(path): return path
def port_forward(port, name): return {"port": port, "name": name}
def k8s_yaml(path): tell("k8s_yaml", [path], {})
def docker_build(ref, context, **options): tell("docker_build", [ref, context], options)
def local_resource(name, **options): tell("local_resource", [name], options)
def k8s_resource(name = None, **options): tell("k8s_resource", [name or options["new_name"]], options)

`;

// deno-lint-ignore no-explicit-any -- as Tilt takes it
type Call = { readonly call: string; readonly args: readonly string[]; readonly options: any };

await check("the Tiltfile names files that are there, and what the image is built from", ["starlark"], async (it) => {
  const calls = await withFiles({ Tiltfile: TILT + await projectText("deploy/Tiltfile") }, async (cwd) => {
    const { code, text } = await runProgram(it, ["Tiltfile"], { cwd });
    assert.equal(code, 0, text);
    return text.trim().split("\n").map((line) => JSON.parse(line) as Call);
  });
  const find = (name: string): readonly Call[] => calls.filter(({ call }) => call === name);
  const [build, resources] = [find("docker_build")[0], find("k8s_resource")];
  assert.deepEqual(build?.args, ["cluster-agent", ".."]);
  const copied = [...(await projectText("Dockerfile")).matchAll(/^COPY (?!--from)(.+) \S+$/gm)]
    .flatMap(([, words = ""]) => words.split(" ")).map((path) => path.split("/")[0] ?? "");
  assert.deepEqual([...new Set(copied)].filter((path) => !build?.options.only.includes(path)), [], "not in `only`");
  for (const path of [...build?.options.only ?? [], "deploy/overlays/kind", "deploy/agent/certificates/create.sh"]) {
    await Deno.stat(new URL(path, projectFolder));
  }
  assert.deepEqual(find("k8s_yaml").map(({ args }) => args), [["overlays/kind"]]);
  const known = [...resources, ...find("local_resource")].map(({ args }) => args[0]);
  const needed = calls.flatMap(({ options }) => options.resource_deps ?? []);
  assert.ok(needed.length > 0 && needed.every((name: string) => known.includes(name)), needed.join());
  const { spec } = parse(await projectText("deploy/agent/daemon_set.yaml"));
  const declared = spec.template.spec.containers[0].ports.map((it: { containerPort: number }) => it.containerPort);
  const forwarded = resources.flatMap(({ options }) => options.port_forwards ?? []);
  assert.deepEqual(forwarded.map(({ port }: { port: number }) => port), declared);
});
