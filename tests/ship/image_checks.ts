// deno-lint-ignore-file no-console -- how large the images are and how long they take belongs to the answer
/**
 * The images, built from the Dockerfile and run as pods would run them.
 *
 * Nothing is pulled: Debian comes from its packages, and Deno and Go are this machine's. denort cannot be had from
 * packages, so what runs is the image with Deno itself in its place; the one with a compiled program is built on
 * another program of Linux, and only looked at.
 *
 * @module
 */
import assert from "#assert";
import { type ProgramName, PROGRAMS, TELEMETRY } from "../../tools/compile/programs.ts";
import { checksOf } from "./image/drive_checks.ts";
import { listTree } from "./image/node.ts";
import { inOwnNetwork } from "./image/own_network.ts";
import { type BuiltImage, EPOCH, type ImageStore, openStore, storeMissing } from "./image/store.ts";
import { program } from "./programs.ts";

const NEEDS = ["buildah", "mmdebstrap", "crun", "ip", "go"] as const;

const reasons = (await Promise.all(NEEDS.map(program))).flatMap((it) => "missing" in it ? [it.missing] : []);
const missing = reasons.length > 0 ? reasons.join("; ") : await storeMissing();

Deno.test({
  name: `the images are built, and run as pods run them${missing === undefined ? "" : ` (SKIPPED: ${missing})`}`,
  ignore: missing !== undefined,
  fn: async (t) => {
    await using store = await openStore();
    await timed("bases", () => store.makeBases());

    const agent = await build(store, { program: "agent", runtime: "deno" });
    const tree = await listTree(agent.rootfs, { hash: true });
    await t.step("the agent's image is what manifests expect, and has nothing else", async () => {
      isComplete(agent, { program: "agent", runtime: "deno" });
      assert.deepEqual(executablesIn(tree).toSorted(), [...AGENT, ...DENO]);
      await hasLicences(agent, ["coreutils.txt"]);
    });
    await t.step("two builds have the same files, times included", async () => {
      const again = await build(store, { program: "agent", runtime: "deno" });
      assert.deepEqual(await listTree(again.rootfs, { hash: true }), tree);
      const other = tree.filter((line) => !line.includes(` ${new Date(EPOCH * 1000).toISOString()} /`));
      assert.deepEqual(other, [], "another time");
    });
    await drive(t, agent);

    await t.step("the image with a compiled agent has that, and no runtime beside it", async () => {
      const folder = await Deno.makeTempDir({ prefix: "image-denort-" });
      try {
        await Deno.copyFile(Deno.execPath(), `${folder}/denort-${Deno.build.target}`);
        const compiled = await build(store, { program: "agent", runtime: "compiled", denort: folder });
        isComplete(compiled, { program: "agent", runtime: "compiled" });
        assert.deepEqual(executablesIn(await listTree(compiled.rootfs)).toSorted(), AGENT);
        await hasLicences(compiled, []);
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
    });

    const collector = await build(store, { program: "collector", runtime: "deno" });
    await t.step("the collector's image has no health probe", async () => {
      isComplete(collector, { program: "collector", runtime: "deno" });
      const found = executablesIn(await listTree(collector.rootfs)).toSorted();
      assert.deepEqual(found, ["/cluster-collector/cluster-collector", ...DENO]);
    });
    await drive(t, collector);
  },
});

/** What stands in for a compiled program. */
const DENO = ["/usr/bin/deno", "/usr/bin/env"];
const AGENT = ["/bin/grpc_health_probe", "/cluster-agent/cluster-agent"];

/** Which image. */
interface Variant {
  readonly program: ProgramName;
  readonly runtime: "compiled" | "deno";
  /** The folder of what stands in for denort. */
  readonly denort?: string;
}

async function build(store: ImageStore, { program, runtime, denort }: Variant): Promise<BuiltImage> {
  const image = await timed(`the ${program}, ${runtime}`, () =>
    store.build({
      args: { PROGRAM: program, RUNTIME: runtime, VERSION: "1.2.3", REVISION: "abc" },
      contexts: denort === undefined ? {} : { denort },
    }));
  console.log(`image: ${(image.bytes / 1e6).toFixed(1)} MB in ${image.layers} layers`);
  return image;
}

/** What manifests and people expect of an image's configuration. */
function isComplete({ config, labels }: BuiltImage, { program, runtime }: Variant): void {
  const { executable, env } = PROGRAMS[program];
  assert.equal(config.User, "1000:0");
  assert.equal(config.WorkingDir, `/${executable}`);
  assert.deepEqual(config.Entrypoint, [`/${executable}/${executable}`]);
  assert.deepEqual(Object.fromEntries(config.Env.map((it) => it.split("=", 2))), {
    PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    DENO_DIR: "/nonexistent",
    OTEL_TRACES_SAMPLER: "always_off",
    ...env,
    ...(runtime === "deno" ? { ...TELEMETRY, DENO_NO_UPDATE_CHECK: "1" } : {}),
  });
  const own = Object.entries(labels).filter(([name]) => name.startsWith("org.opencontainers.image."));
  assert.deepEqual(Object.fromEntries(own.map(([name, value]) => [name.split(".").at(-1), value])), {
    title: executable,
    description: PROGRAM_LABELS[program],
    licenses: "Apache-2.0",
    version: "1.2.3",
    revision: "abc",
  });
}

const PROGRAM_LABELS: Readonly<Record<ProgramName, string>> = {
  agent: "Kubetail's cluster agent: the container logs of one node, by gRPC",
  collector: "Which pod and workload is behind a container, for OpenTelemetry's network reducer",
};

/** The files of a tree that can be started, libraries apart. */
function executablesIn(tree: readonly string[]): readonly string[] {
  return tree.flatMap((line) => {
    const [mode = "", path = ""] = [line.split(" ", 1)[0], line.split(" ").at(-1)];
    const isExecutable = mode.startsWith("100") && (parseInt(mode, 8) & 0o111) !== 0;
    return isExecutable && !/^\/lib(64)?\//.test(path) ? [path] : [];
  });
}

/** Everything in the image has its licence there. */
async function hasLicences({ rootfs }: BuiltImage, further: readonly string[]): Promise<void> {
  const folder = `${rootfs}/licenses`;
  const probe = ["go.txt", "github.com_grpc-ecosystem_grpc-health-probe.txt", "google.golang.org_grpc.txt"];
  const expected = [
    "LICENSE",
    "glibc.txt",
    "libgcc.txt",
    ...probe.map((name) => `grpc_health_probe/${name}`),
    ...further,
  ];
  assert.match(await Deno.readTextFile(`${folder}/THIRD_PARTY.txt`), /^Deno, the runtime$/m);
  for (const name of expected) {
    assert.match(await Deno.readTextFile(`${folder}/${name}`), /licen[cs]e|copyright/i, name);
  }
}

/** Runs the image as pods would, each in a process of its own. */
async function drive(t: Deno.TestContext, { rootfs, config }: BuiltImage): Promise<void> {
  const file = await Deno.makeTempFile({ prefix: "image-config-" });
  await Deno.writeTextFile(file, JSON.stringify(config));
  const driver = new URL("image/drive.ts", import.meta.url).pathname;
  for (const name of checksOf(config)) {
    await t.step(`as pods run it: ${name}`, async () => {
      const [command = "", ...args] = inOwnNetwork([
        ...[Deno.execPath(), "run", "-A", "--no-check", "--quiet", driver],
        ...[rootfs, file, name],
      ]);
      const { success, stderr } = await new Deno.Command(command, { args, stdout: "null" }).output();
      assert(success, new TextDecoder().decode(stderr));
    });
  }
  await Deno.remove(file);
}

async function timed<T>(what: string, work: () => Promise<T>): Promise<T> {
  const start = performance.now();
  const result = await work();
  console.log(`image: ${what} in ${((performance.now() - start) / 1000).toFixed(1)} s`);
  return result;
}
