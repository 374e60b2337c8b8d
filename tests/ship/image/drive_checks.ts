/**
 * What an image has to do, each check by its name.
 *
 * @module
 */
import assert from "#assert";
import { askForHealth, forward, list, readEveryWay } from "../../support/every_call.ts";
import { eventually } from "../../support/eventually.ts";
import { inTime } from "../../support/in_time.ts";
import { probe } from "../../support/scrape.ts";
import {
  type ContainerShape,
  type ImageConfig,
  runContainer,
  startContainer,
  type UnpackedImage,
  userOf,
} from "./container.ts";
import { listTree } from "./node.ts";
import { type Pod, startPod } from "./pod.ts";
import { EXEC_PROBE, type PodShape, type ShapeName, SHAPES } from "./shapes.ts";

/** The plain port of the project's own manifests. */
const PLAIN = "http://127.0.0.1:9464";
/** The pod's own time to end, of which the tests of the agent tell more. */
const GRACE = { deadlineMs: 60_000 };
/** A container that may do nothing. */
const LOCKED: ContainerShape = { readOnlyRoot: true, mayEscalate: false, capabilities: [], seccomp: true };

/** The checks. */
export const CHECKS: Readonly<Record<string, (image: UnpackedImage) => Promise<void>>> = {
  commands,
  own: (image) => runsAs(image, "own"),
  chart: (image) => runsAs(image, "chart"),
  e2e: (image) => runsAs(image, "e2e"),
  tilt: (image) => runsAs(image, "tilt"),
  "no-group": refusedLogs,
  collector,
};

/** The checks that go with an image's program. */
export function checksOf({ Entrypoint }: ImageConfig): readonly string[] {
  const isCollector = Entrypoint.join().endsWith("cluster-collector");
  return Object.keys(CHECKS).filter((name) => (name === "collector") === isCollector);
}

/** Each command loads a part of its own. */
async function commands(image: UnpackedImage): Promise<void> {
  const line = "2024-10-01T05:40:46Z stdout F needle\n";
  const said = async (args: readonly string[], stdin = ""): Promise<string> => {
    const { code, stdout, stderr } = await runContainer(image, { ...LOCKED, args }, stdin);
    assert.equal(code, 0, `${args.join(" ")}: ${stderr}`);
    assert.equal(stderr, "", args.join(" "));
    return stdout;
  };
  assert.match(await said(["--version"]), /^cluster-agent \d+\.\d+\.\d+\n$/);
  assert.match(await said(["--help"]), /^ {2}grep +/m);
  assert.match(await said(["grep", "needle", "-"], line), /needle/);
  assert.match(await said(["stream-forward", "-"], line), /"needle"/);
  const folder = await Deno.makeTempDir({ prefix: "image-log-" });
  await Deno.writeTextFile(`${folder}/0.log`, line);
  await Deno.chmod(folder, 0o755);
  const backward = { ...LOCKED, args: ["stream-backward", "/var/log/pods/0.log"], mounts: { "/var/log/pods": folder } };
  assert.match((await runContainer(image, backward)).stdout, /"needle"/);
  await Deno.remove(folder, { recursive: true });

  // Nothing is there to be read: each fails, says so, and does not hang.
  for (const args of [[], ["--config=/none"], ["check", "--config=/none"]]) {
    const { code, stdout, stderr } = await runContainer(image, { ...LOCKED, args });
    assert.notEqual(code, 0, args.join(" "));
    assert.match(stderr + stdout, /^(error: |Error: |fail )/m, args.join(" "));
  }
  const refused = await runContainer(image, { ...LOCKED, command: ["/bin/sh"], args: ["-c", "true"] });
  assert.match(refused.stderr, /sh.*not found|No such file/i, "there is no shell");
}

async function runsAs(image: UnpackedImage, name: ShapeName): Promise<void> {
  const shape: PodShape = SHAPES[name];
  await using pod = await startPod(image, shape);
  const { container, client, node } = pod;
  const mounted = mountsOf(pod);
  const before = await listTree(image.rootfs, { without: mounted });
  await looksLikePod(image, pod);

  await isProbed(shape, pod);
  const checked = await container.exec(checkCommand(image));
  assert.equal(checked.code, 0, checked.stdout);
  assert.match(checked.stdout, /^ok +logs +\S+: 2 logs, 2 can be read by user 1000, /m);
  await askForHealth(client);
  const ada = { user: "ada", namespace: "shop" };
  assert.deepEqual(await list(client, ada), { code: "OK", pods: ["cart", "till"] });
  assert.equal((await list(client, { ...ada, user: "eve" })).code, "PERMISSION_DENIED");
  for (const log of [node.cri, node.json]) await readEveryWay(client, { log, user: "ada" });

  // What is written while somebody follows arrives.
  const following = forward(client, { log: node.cri, user: "ada", followFrom: "END" });
  await following.headers;
  await node.cri.append(["four"]);
  assert.equal((await following.next())?.message, "four");

  await container.signal("SIGHUP");
  await container.line(/SIGHUP/);
  await askForHealth(client);
  assert.deepEqual(await filesIn(`/proc/${container.pid}/root/dev/shm`), []);

  await container.signal("SIGTERM");
  following.discard();
  assert.equal((await inTime(() => "the stream has been told", following.ending, GRACE)).code, "UNAVAILABLE");
  assert.equal(await inTime(() => "the agent has ended", container.ended, GRACE), 0, container.log.join("\n"));
  assert.deepEqual(await listTree(image.rootfs, { without: mounted }), before, "something was written");
  assert.deepEqual(container.log.filter((line) => /NotCapable|panicked|\bERROR\b/.test(line)), []);
  assert.equal(container.log[0]?.startsWith("{"), shape.json, container.log[0]);
}

/** The process has the user, the groups and the rights of its pod, and its root is as the pod wants it. */
async function looksLikePod(image: UnpackedImage, { container, shape }: Pod): Promise<void> {
  const status = await Deno.readTextFile(`/proc/${container.pid}/status`);
  const field = (name: string): string => new RegExp(`^${name}:[ \\t]*(.*)$`, "m").exec(status)?.[1]?.trim() ?? "";
  const { uid, gid, groups } = userOf(image, shape);
  assert.equal(field("Uid"), Array(4).fill(uid).join("\t"));
  assert.equal(field("Gid"), Array(4).fill(gid).join("\t"));
  // The runtime adds the group itself to the others, or does not.
  assert.deepEqual(field("Groups").split(" ").filter((it) => it !== "" && it !== String(gid)).map(Number), groups);
  assert.equal(field("NoNewPrivs"), shape.mayEscalate === false ? "1" : "0");
  for (const name of ["CapEff", "CapPrm", "CapAmb"]) assert.match(field(name), /^0+$/, name);
  // 2: what the process asks of the system goes through a filter.
  assert.equal(field("Seccomp"), shape.seccomp === true ? "2" : "0");
  const mounts = await Deno.readTextFile(`/proc/${container.pid}/mounts`);
  const [, options = ""] = /^\S+ \/ \S+ (\S+)/m.exec(mounts) ?? [];
  assert.equal(options.split(",").includes("ro"), shape.readOnlyRoot ?? false);
}

/** Asks for health as the pod's probes do. */
async function isProbed({ probe: kind }: PodShape, { container }: Pod): Promise<void> {
  switch (kind) {
    case "tcp":
      // Twice in three seconds, for ever: nothing comes of it.
      for (let times = 0; times < 20; times++) (await Deno.connect({ port: 50051 })).close();
      return;
    case "exec": {
      // As the kubelet does, it goes on to ask: each time may take a second only.
      let last = "";
      await eventually("the health probe has an answer", async () => {
        const { code, stderr } = await container.exec(EXEC_PROBE);
        last = `${code} ${stderr.trim()}`;
        return last === "0 status: SERVING";
      }, { ...GRACE, pauseMs: 50 }).catch((error: unknown) => assert.fail(`${error}, and not ${last}`));
      return;
    }
    case "http":
      for (const path of ["/livez", "/readyz", "/metrics"]) await answers(path, 200);
  }
}

/** Asks a path of the plain port until it answers so, as a probe goes on to ask. */
async function answers(path: string, wanted: number): Promise<void> {
  let last = "";
  await eventually(`${path} answers ${wanted}`, async () => {
    const { status, body } = await probe(PLAIN, path);
    last = `${status} ${body}`;
    return status === wanted;
  }, { ...GRACE, pauseMs: 50 }).catch((error: unknown) => assert.fail(`${error}, and not ${last}`));
}

/** A pod that may read no log says who it is and what to set, and is not ready. */
async function refusedLogs(image: UnpackedImage): Promise<void> {
  await using pod = await startPod(image, SHAPES["no-group"]);
  const { container, client, node } = pod;
  const warning = await container.line(/Cannot read any log/);
  assert.match(warning, /"level":"warn"/i);
  assert.match(warning, /"runsAs":"user 1000, group 1000"/);
  assert.match(warning, /Run with group 0: runAsGroup: 0, or supplementalGroups: \[0\] or fsGroup: 0/);
  const checked = await container.exec(checkCommand(image));
  assert.notEqual(checked.code, 0, checked.stdout);
  assert.match(checked.stdout, /^fail +logs /m);
  const refused = forward(client, { log: node.cri, user: "ada" });
  refused.discard();
  assert.notEqual((await refused.ending).code, "OK");
  await answers("/livez", 200);
  await answers("/readyz", 503);
  await container.signal("SIGTERM");
  assert.equal(await inTime(() => "the agent has ended", container.ended, GRACE), 0, container.log.join("\n"));
}

/** The collector starts, makes up its own pods, and says what is wrong where it has no API server. */
async function collector(image: UnpackedImage): Promise<void> {
  const version = await runContainer(image, { ...LOCKED, args: ["--version"] });
  assert.match(version.stdout, /^cluster-collector \d+\.\d+\.\d+\n$/);
  assert.match((await runContainer(image, { ...LOCKED, args: ["--help"] })).stdout, /--local-test/);
  const alone = await runContainer(image, LOCKED);
  assert.notEqual(alone.code, 0);
  assert.match(alone.stderr, /^Error: /m);
  await using container = await startContainer(image, { ...LOCKED, args: ["--local-test"] });
  await container.line(/PodResync/);
  await container.signal("SIGTERM");
  assert.equal(await inTime(() => "the collector has ended", container.ended, GRACE), 0, container.log.join("\n"));
}

function checkCommand({ config }: UnpackedImage): readonly string[] {
  return [...config.Entrypoint, "check", "--config=/etc/kubetail/config.yaml"];
}

function mountsOf({ shape }: Pod): readonly string[] {
  return ["/proc", "/dev", "/dev/shm", ...Object.keys(shape.mounts ?? {})];
}

async function filesIn(folder: string): Promise<readonly string[]> {
  return (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name);
}
