import assert from "#assert";
import { type LogFolders, resolveRoots } from "../logs/log_file.ts";
import { listLogs, LogFolderError } from "./snapshot.ts";

const { signal } = new AbortController();
const ID = "0123456789abcdef";

/** A containers folder with a root for targets beside it. */
async function makePlace(): Promise<AsyncDisposable & { readonly dir: string; readonly folders: LogFolders }> {
  const dir = await Deno.realPath(await Deno.makeTempDir({ prefix: "snapshot-" }));
  for (const folder of ["containers", "pods", "podsX"]) await Deno.mkdir(`${dir}/${folder}`);
  return {
    dir,
    folders: {
      containerLogsDir: `${dir}/containers`,
      roots: resolveRoots([`${dir}/containers`, `${dir}/pods`]),
    },
    [Symbol.asyncDispose]: () => Deno.remove(dir, { recursive: true }),
  };
}

const all = (): boolean => Boolean(1);

Deno.test("listLogs() tells name, size and time of what a link leads to", async () => {
  await using place = await makePlace();
  const target = `${place.dir}/pods/0.log`;
  await Deno.writeTextFile(target, "content");
  await Deno.utime(target, 1_727_761_246.5, 1_727_761_246.5);
  await Deno.symlink(target, `${place.dir}/containers/pod_ns_app-${ID}.log`);
  assert.deepEqual(await listLogs(place.folders, { includes: all, signal }), [{
    name: { podName: "pod", namespace: "ns", containerName: "app", containerId: ID },
    size: 7,
    modifiedMs: 1_727_761_246_500,
  }]);
});

Deno.test("listLogs() lists the wanted namespaces and no files of other names", async () => {
  await using place = await makePlace();
  for (const name of [`a_one_app-${ID}.log`, `b_two_app-${ID}.log`, "notes.txt", `c_one_app-${ID}.log.gz`, ".log"]) {
    await Deno.writeTextFile(`${place.dir}/containers/${name}`, "");
  }
  const skipped: string[] = [];
  const logs = await listLogs(place.folders, {
    includes: (namespace) => namespace === "one",
    onSkip: (fileName) => skipped.push(fileName),
    signal,
  });
  assert.deepEqual(logs.map(({ name }) => name.podName), ["a"]);
  assert.deepEqual(skipped, []);
});

Deno.test({
  name:
    "listLogs() leaves out, with a reason, what is no log that can be read, waits for none of it, and lists the rest",
  timeout: 60_000,
  fn: async () => {
    await using place = await makePlace();
    const containers = `${place.dir}/containers`;
    const at = (pod: string): string => `${containers}/${pod}_ns_app-${ID}.log`;
    await Deno.writeTextFile(at("good"), "content");
    await Deno.symlink(`${place.dir}/pods/missing`, at("dangling"));
    await Deno.symlink(at("loop"), at("loop"));
    await Deno.mkdir(at("folder"));
    await new Deno.Command("mkfifo", { args: [at("fifo")] }).output();
    using _socket = Deno.listen({ transport: "unix", path: at("socket") });
    await Deno.symlink("/dev/zero", at("device"));
    await Deno.writeTextFile(`${place.dir}/podsX/secret`, "secret");
    await Deno.symlink(`${place.dir}/podsX/secret`, at("outside"));
    await Deno.symlink("/proc/self/environ", at("environ"));
    const skipped = new Map<string, string>();
    const logs = await listLogs(place.folders, {
      includes: all,
      onSkip: (fileName, reason) => skipped.set(fileName.split("_")[0] ?? "", reason),
      signal,
    });
    assert.deepEqual(logs.map(({ name, size }) => [name.podName, size]), [["good", 7]]);
    const outside = "its target lies outside the log roots";
    const irregular = "it is not a regular file";
    assert.deepEqual(Object.fromEntries([...skipped].sort()), {
      dangling: "NotFound: ENOENT",
      device: outside,
      environ: outside,
      fifo: irregular,
      folder: irregular,
      loop: "FilesystemLoop: ELOOP",
      outside,
      socket: irregular,
    });
  },
});

Deno.test("listLogs() names the folder that is not there", async () => {
  await assert.rejects(
    listLogs({ containerLogsDir: "/no/such/folder", roots: [] }, { includes: all, signal }),
    (error: unknown) => error instanceof LogFolderError && error.message === "Log directory not found: /no/such/folder",
  );
});

Deno.test("listLogs() takes turns among thousands of logs, and ends in between with the signal's reason", async () => {
  await using place = await makePlace();
  for (let i = 0; i < 1000; i++) await Deno.writeTextFile(`${place.dir}/containers/p${i}_ns_app-${ID}.log`, "");
  assert.equal((await listLogs(place.folders, { includes: all, signal })).length, 1000);
  const controller = new AbortController();
  const reason = new Error("enough");
  let looked = 0;
  const includes = (): boolean => ++looked > 0;
  const listing = listLogs(place.folders, { includes, signal: controller.signal });
  controller.abort(reason);
  await assert.rejects(listing, reason);
  assert.ok(looked < 1000, `${looked} logs were looked at`);
});
