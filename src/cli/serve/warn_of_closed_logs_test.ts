import assert from "#assert";
import { createLogTree } from "../../../tests/fakes/log_tree.ts";
import { runWithoutRights, type UnprivilegedIds } from "../../../tests/support/without_rights.ts";

/** A node's logs of two pods, as the kubelet and containerd make them: folders 0750, files 0640, all of root. */
interface Node extends AsyncDisposable {
  readonly dir: string;
  readonly containersDir: string;
  readonly podsDir: string;
  /** The links, and the files that they lead to, in the folder's order. */
  readonly links: readonly string[];
  readonly files: readonly string[];
}

async function makeNode({ podsMode = 0o750, fileMode = 0o640, count = 2 } = {}): Promise<Node> {
  const dir = await Deno.realPath(await Deno.makeTempDir({ prefix: "closed-logs-" }));
  const tree = await createLogTree(dir);
  const logs = new Map<string, string>();
  for (let pod = 0; pod < count; pod++) {
    const { link, path } = await tree.addCri({ namespace: "shop", pod: `web-${pod}`, container: "app" });
    logs.set(link, path);
    await Deno.chmod(path, fileMode);
  }
  await Deno.remove(tree.dockerDir, { recursive: true });
  await Deno.chmod(dir, 0o755);
  await Deno.chmod(tree.podsDir, podsMode);
  const links: string[] = [];
  for await (const { name } of Deno.readDir(tree.containersDir)) links.push(`${tree.containersDir}/${name}`);
  return {
    dir,
    containersDir: tree.containersDir,
    podsDir: tree.podsDir,
    links,
    files: links.map((link) => logs.get(link) ?? ""),
    [Symbol.asyncDispose]: () => Deno.remove(dir, { recursive: true }),
  };
}

/** What the agent says when it starts as this user, and what `/readyz` lacks. */
async function seenBy(
  node: Node,
  { roots = [node.containersDir, node.podsDir, `${node.dir}/var/lib/docker/containers`], ...ids }:
    & UnprivilegedIds
    & { readonly roots?: readonly string[] },
): Promise<{ readonly lines: readonly Readonly<Record<string, unknown>>[]; readonly missing: string | null }> {
  const module = (name: string): string => JSON.stringify(import.meta.resolve(name));
  const folders = { containerLogsDir: node.containersDir, roots };
  return JSON.parse(
    await runWithoutRights(
      `
    import { warnOfClosedLogs } from ${module("./warn_of_closed_logs.ts")};
    import { createLogFolderCheck } from ${module("./log_folder_check.ts")};
    import { processIds } from ${module("../../lifecycle/process_user.ts")};
    const folders = ${JSON.stringify(folders)};
    const lines = [];
    const log = { warn: (message, fields) => lines.push({ message, ...fields }) };
    dropRights();
    await warnOfClosedLogs(folders, { log, ids: processIds(), signal: new AbortController().signal });
    const missing = await createLogFolderCheck(folders)() ?? null;
    console.log(JSON.stringify({ lines, missing }));
  `,
      ids,
    ),
  );
}

const GROUP_ADVICE =
  "Run with group 0: runAsGroup: 0, or supplementalGroups: [0] or fsGroup: 0 in the pod's securityContext";
const OWNER_ADVICE = "Only its owner may read it: run as root without capabilities, with runAsUser: 0, runAsGroup: 0 " +
  "and capabilities: { drop: [ALL] } in the container's securityContext";

const isRoot = Deno.uid() === 0;
/** Files of root are part of these cases. */
const asRoot = (name: string, fn: () => Promise<void>): void =>
  Deno.test({ name: isRoot ? name : `${name} (ignored: only root can make such files)`, ignore: !isRoot, fn });

asRoot("1000:1000 without group 0 is told which folder stops it, whose it is, and the cure", async () => {
  await using node = await makeNode();
  const { lines, missing } = await seenBy(node, { uid: 1000 });
  assert.deepEqual(lines, [{
    message: "Cannot read any log",
    file: node.links[0],
    reason: "EACCES",
    barrier: `${node.podsDir}, mode 0750, owner 0:0`,
    runsAs: "user 1000, group 1000",
    advice: `${GROUP_ADVICE}; logs of mode 0600 need root without capabilities`,
    unreadable: 2,
    logs: 2,
  }]);
  assert.equal(missing, "cannot read any log: EACCES");
});

asRoot("where the folders are open, the file's own mode and owner are told", async () => {
  await using node = await makeNode({ podsMode: 0o755 });
  const { lines: [line], missing } = await seenBy(node, { uid: 1000, gid: 1000, groups: [2000] });
  assert.deepEqual([line?.["barrier"], line?.["runsAs"], line?.["advice"]], [
    `${node.files[0]}, mode 0640, owner 0:0`,
    "user 1000, groups 1000 and 2000",
    GROUP_ADVICE,
  ]);
  assert.equal(missing, "cannot read any log: EACCES");
});

asRoot(
  "1000:0, and 1000:1000 with group 0, read logs of 0640: no line, and ready; Docker's folder may be missing",
  async () => {
    await using node = await makeNode();
    for (const ids of [{ uid: 1000, gid: 0 }, { uid: 1000, groups: [0] }]) {
      assert.deepEqual(await seenBy(node, ids), { lines: [], missing: null });
    }
  },
);

asRoot("logs of mode 0600 need root; one that can be read is enough to be ready", async () => {
  await using node = await makeNode({ fileMode: 0o600 });
  const { lines: [line], missing } = await seenBy(node, { uid: 1000, gid: 0 });
  assert.deepEqual([line?.["barrier"], line?.["advice"]], [`${node.files[0]}, mode 0600, owner 0:0`, OWNER_ADVICE]);
  assert.equal(missing, "cannot read any log: EACCES");
  await Deno.chmod(node.files[1] ?? "", 0o640);
  const some = await seenBy(node, { uid: 1000, gid: 0 });
  assert.deepEqual(some.lines.map(({ message, unreadable, logs }) => [message, unreadable, logs]), [
    ["Cannot read some logs", 1, 2],
  ]);
  assert.equal(some.missing, null);
});

asRoot("a log folder that may not be read is told as a log is, and one that is none by its kind", async () => {
  await using node = await makeNode();
  await Deno.chmod(node.containersDir, 0o750);
  const { lines, missing } = await seenBy(node, { uid: 1000 });
  assert.deepEqual(lines, [{
    message: "Cannot read the log folder",
    file: node.containersDir,
    reason: "EACCES",
    barrier: `${node.containersDir}, mode 0750, owner 0:0`,
    runsAs: "user 1000, group 1000",
    advice: `${GROUP_ADVICE}; logs of mode 0600 need root without capabilities`,
  }]);
  assert.equal(missing, "cannot read the log folder: PermissionDenied");
  await Deno.remove(node.containersDir, { recursive: true });
  await Deno.writeTextFile(node.containersDir, "");
  const file = await seenBy(node, { uid: 1000 });
  assert.deepEqual(file.lines, [{
    message: "Cannot read the log folder",
    file: node.containersDir,
    reason: "ENOTDIR",
  }]);
  assert.equal(file.missing, "cannot read the log folder: NotADirectory");
});

Deno.test("links of which all lead nowhere are told; of some, that is each day's business", async () => {
  await using node = await makeNode({ podsMode: 0o755, fileMode: 0o644 });
  await Deno.remove(node.files[0] ?? "");
  assert.deepEqual(await seenBy(node, {}), { lines: [], missing: null });
  await Deno.remove(node.files[1] ?? "");
  const { lines, missing } = await seenBy(node, {});
  assert.deepEqual(lines, [{
    message: "Cannot read any log",
    file: node.links[0],
    reason: "ENOENT",
    advice: "Mount the node's /var/log, and the folder that its links lead to, at the same path",
    unreadable: 2,
    logs: 2,
  }]);
  assert.equal(missing, "cannot read any log: ENOENT");
});

Deno.test("logs outside of the roots are told with the setting to change; no logs at all are in order", async () => {
  await using node = await makeNode({ podsMode: 0o755, fileMode: 0o644, count: 1 });
  const { lines, missing } = await seenBy(node, { roots: [node.containersDir] });
  assert.deepEqual(lines, [{
    message: "Cannot read any log",
    file: node.links[0],
    reason: "outside of the log roots",
    advice: "Add the folder of the link's target to log-roots",
    unreadable: 1,
    logs: 1,
  }]);
  assert.equal(missing, "cannot read any log: outside of the log roots");
  await Deno.remove(node.links[0] ?? "");
  assert.deepEqual(await seenBy(node, {}), { lines: [], missing: null });
});
