/**
 * The bundled agent starts as `docs/by_hand.md` says, of which only folders, ports and the API server are others.
 *
 * @module
 */
import assert from "#assert";
import { parse } from "yaml";
import { startAccessReviews } from "./fakes/fake_access_reviews.ts";
import { createLogTree } from "./fakes/log_tree.ts";
import { startAgent } from "./support/agent_process.ts";
import { bundleAgent, imageCommand } from "./support/agent_bundle.ts";
import { connectAgent } from "./support/client.ts";
import { projectFolder, projectText } from "./support/project.ts";

const SCRIPT = new URL("deploy/agent/certificates/create.sh", projectFolder).pathname;

async function createCertificates(
  ...args: readonly string[]
): Promise<{ code: number; stdout: string; stderr: string }> {
  const { code, stdout, stderr } = await new Deno.Command(SCRIPT, { args: [...args] }).output();
  const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

/** The configuration in the page. */
async function configurationOfPage(): Promise<string> {
  const [, yaml = ""] = /```yaml\n([^`]+)```/.exec(await projectText("docs/by_hand.md")) ?? [];
  assert.notEqual(yaml, "", "docs/by_hand.md has a configuration");
  return yaml;
}

Deno.test("the bundled agent serves with the certificates and the configuration of docs/by_hand.md", async () => {
  await using bundle = await bundleAgent();
  const dir = await Deno.realPath(await Deno.makeTempDir({ prefix: "by-hand-" }));
  try {
    assert.deepEqual(await createCertificates("--folder", dir), { code: 0, stdout: "", stderr: "" });
    const names = ["ca.crt", "client.crt", "client.key", "tls.crt", "tls.key"];
    assert.deepEqual((await Array.fromAsync(Deno.readDir(dir))).map(({ name }) => name).sort(), names);
    const text = (await configurationOfPage()).replaceAll("/etc/kubetail-tls/", `${dir}/`)
      .replaceAll(/addr: "[^"]*:\d+"/g, 'addr: "127.0.0.1:0"');
    const tree = await createLogTree(dir);
    await (await tree.addCri({ namespace: "shop", pod: "web-0", container: "web" })).append(["one line"]);
    await using reviews = await startAccessReviews({ decide: () => Boolean(1), users: {} });
    await using agent = await startAgent({
      dir,
      kubeconfig: reviews.kubeconfig,
      env: { NODE_NAME: "node-1" },
      command: imageCommand(bundle.file, [dir]),
      settings: {
        ...parse(text),
        "container-logs-dir": tree.containersDir,
        "log-roots": [tree.containersDir, tree.podsDir, tree.dockerDir],
      },
    });
    const read = (name: string): Promise<string> => Deno.readTextFile(`${dir}/${name}`);
    await using client = connectAgent({
      port: agent.port,
      caPem: await read("ca.crt"),
      leaf: { certPem: await read("client.crt"), keyPem: await read("client.key") },
      serverName: "cluster-agent",
      identity: { user: "tester" },
    });
    assert.deepEqual((await client.list(["shop"])).map(({ spec }) => spec?.pod_name), ["web-0"]);
    assert.equal(await agent.terminate(), 0);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});

Deno.test("create.sh refuses a folder that is not there, and prints no key", async () => {
  const { code, stdout, stderr } = await createCertificates("--folder", "/gone/tls");
  assert.deepEqual({ code, stdout }, { code: 2, stdout: "" });
  assert.match(stderr, /^create\.sh: Cannot use --folder "\/gone\/tls": it is no folder$/m);
});
