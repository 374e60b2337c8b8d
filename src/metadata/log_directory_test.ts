import { setImmediate } from "node:timers/promises";
import assert from "#assert";
import { type LogFolders, resolveRoots } from "../logs/log_file.ts";
import { createLogDirectory, type DirectoryScanOptions, type LogEntry, LogFolderError } from "./log_directory.ts";

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

/** The logs of a scan. */
async function listLogs(folders: LogFolders, options: Omit<DirectoryScanOptions, "onLog">): Promise<LogEntry[]> {
  const logs: LogEntry[] = [];
  await createLogDirectory(folders).scan({ ...options, onLog: (log) => logs.push(log) });
  return logs;
}

Deno.test("a scan returns name, size and time of what a link leads to", async () => {
  await using place = await makePlace();
  const target = `${place.dir}/pods/0.log`;
  await Deno.writeTextFile(target, "content");
  await Deno.utime(target, 1_727_761_246.5, 1_727_761_246.5);
  await Deno.symlink(target, `${place.dir}/containers/pod_ns_app-${ID}.log`);
  const [log, ...others] = await listLogs(place.folders, { includes: all, signal });
  assert.deepEqual([{ name: log?.name, size: log?.size, modifiedMs: log?.modifiedMs }, ...others], [{
    name: { podName: "pod", namespace: "ns", containerName: "app", containerId: ID },
    size: 7,
    modifiedMs: 1_727_761_246_500,
  }]);
});

Deno.test("a scan returns the wanted namespaces and no files of other names", async () => {
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
  name: "a scan skips, with a reason, what is no readable log, waits for none of it, and lists the rest",
  timeout: 600_000,
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

Deno.test("a scan names the folder that is not there", async () => {
  await assert.rejects(
    listLogs({ containerLogsDir: "/no/such/folder", roots: [] }, { includes: all, signal }),
    (error: unknown) => error instanceof LogFolderError && error.message === "Log directory not found: /no/such/folder",
  );
});

Deno.test("a scan stats a few logs in each time slice, known or not, and ends in between with the signal's reason", async () => {
  await using place = await makePlace();
  for (let i = 0; i < 1000; i++) await Deno.writeTextFile(`${place.dir}/containers/p${i}_ns_app-${ID}.log`, "");
  const over = new AbortController();
  const reason = new Error("enough");
  let perSlice: number[] = [];
  let lastTurn = Infinity;
  const directory = createLogDirectory(place.folders, {
    yieldSlice: async ({ signal }) => {
      await setImmediate();
      if (perSlice.push(0) === lastTurn) over.abort(reason);
      signal.throwIfAborted();
    },
  });
  const onLog = (): void => void perSlice.push((perSlice.pop() ?? NaN) + 1);
  for (const kind of ["unknown", "known"]) {
    perSlice = [];
    await directory.scan({ includes: all, onLog, signal });
    assert.equal(perSlice.reduce((sum, count) => sum + count, 0), 1000, kind);
    assert.ok(Math.max(...perSlice) <= 16, `${kind}: ${perSlice}`);
  }
  lastTurn = 20;
  perSlice = [];
  await assert.rejects(directory.scan({ includes: all, onLog, signal: over.signal }), reason);
  assert.deepEqual(perSlice, [...Array(19).fill(16), 0]);
});

Deno.test("the folder is read again only where it has changed, or was changed so lately that another change may not be seen", async () => {
  await using place = await makePlace();
  const folder = `${place.dir}/containers`;
  await Deno.writeTextFile(`${folder}/p_ns_app-${ID}.log`, "1");
  let reads = 0;
  const directory = createLogDirectory(place.folders, {
    readNames: async (path) => {
      reads++;
      return (await Array.fromAsync(Deno.readDir(path))).map(({ name }) => name);
    },
  });
  const scan = async (): Promise<string[]> => {
    const names: string[] = [];
    await directory.scan({ includes: all, onLog: ({ name, size }) => names.push(`${name.podName} ${size}`), signal });
    return names.sort();
  };
  assert.deepEqual(await scan(), ["p 1"]);
  assert.deepEqual(await scan(), ["p 1"]);
  assert.equal(reads, 2);
  const longAgo = new Date("2024-03-04T05:06:07Z");
  await Deno.utime(folder, longAgo, longAgo);
  assert.deepEqual(await scan(), ["p 1"]);
  await Deno.writeTextFile(`${folder}/p_ns_app-${ID}.log`, "2", { append: true });
  assert.deepEqual(await scan(), ["p 2"]);
  assert.equal(reads, 3);
  await Deno.writeTextFile(`${folder}/q_ns_app-${ID}.log`, "");
  assert.deepEqual(await scan(), ["p 2", "q 0"]);
  await Deno.remove(`${folder}/p_ns_app-${ID}.log`);
  assert.deepEqual(await scan(), ["q 0"]);
  assert.equal(reads, 5);
  // Another folder under the name, of the same time.
  await Deno.utime(folder, longAgo, longAgo);
  await scan();
  await Deno.rename(folder, `${folder}.old`);
  await Deno.mkdir(folder);
  await Deno.utime(folder, longAgo, longAgo);
  assert.deepEqual(await scan(), []);
});

Deno.test("where a link leads is asked once, and again when it leads to another file", async () => {
  await using place = await makePlace();
  const [link, target] = [`${place.dir}/containers/p_ns_app-${ID}.log`, `${place.dir}/pods/0.log`];
  await Deno.writeTextFile(target, "1");
  await Deno.symlink(target, link);
  const asked: string[] = [];
  const directory = createLogDirectory(place.folders, {
    realPath: (path) => {
      asked.push(path);
      return Deno.realPathSync(path);
    },
  });
  const seen: LogEntry[] = [];
  const skipped: string[] = [];
  const scan = (): Promise<number> =>
    directory.scan({
      includes: all,
      onLog: (log) => seen.push(log),
      onSkip: (_, reason) => skipped.push(reason),
      signal,
    });
  await scan();
  await scan();
  assert.deepEqual([asked, seen.length], [[link], 2]);
  assert.equal(seen[0], seen[1]);
  await Deno.writeTextFile(target, "23", { append: true });
  await scan();
  assert.deepEqual([asked.length, seen.at(-1)?.size], [1, 3]);
  // Another file under the name, and a link that leads out: both are found out anew.
  await Deno.rename(target, `${target}.1`);
  await Deno.writeTextFile(target, "4567");
  await scan();
  assert.deepEqual([asked.length, seen.at(-1)?.size], [2, 4]);
  await Deno.writeTextFile(`${place.dir}/podsX/secret`, "secret");
  await Deno.remove(link);
  await Deno.symlink(`${place.dir}/podsX/secret`, link);
  await scan();
  assert.deepEqual([asked.length, seen.length, skipped], [3, 4, ["its target lies outside the log roots"]]);
  // What is forgotten is asked for again.
  await Deno.remove(link);
  await scan();
  await Deno.symlink(target, link);
  await scan();
  assert.deepEqual([asked.length, seen.length], [4, 5]);
});

Deno.test("a link that an aborted scan finds gone is forgotten too", async () => {
  await using place = await makePlace();
  const folder = `${place.dir}/containers`;
  const [link, target] = [`${folder}/p_ns_app-${ID}.log`, `${place.dir}/pods/0.log`];
  await Deno.writeTextFile(target, "1");
  await Deno.writeTextFile(`${folder}/q_ns_app-${ID}.log`, "1");
  await Deno.symlink(target, link);
  let asked = 0;
  const directory = createLogDirectory(place.folders, {
    realPath: (path) => {
      if (path === link) asked++;
      return Deno.realPathSync(path);
    },
  });
  const scan = (signal: AbortSignal): Promise<number> => directory.scan({ includes: all, onLog: () => {}, signal });
  await scan(signal);
  await Deno.remove(link);
  // The next directory need not read the folder once more.
  const longAgo = new Date("2024-03-04T05:06:07Z");
  await Deno.utime(folder, longAgo, longAgo);
  const reason = new Error("enough");
  await assert.rejects(scan(AbortSignal.abort(reason)), reason);
  await scan(signal);
  await Deno.symlink(target, link);
  await scan(signal);
  assert.equal(asked, 2);
});

Deno.test("what a scan has seen is known until a later scan is asked for", async () => {
  await using place = await makePlace();
  const { folders, dir } = place;
  const link = `${folders.containerLogsDir}/pod_ns_app-${ID}.log`;
  await Deno.writeTextFile(`${dir}/pods/0.log`, "content");
  await Deno.symlink(`${dir}/pods/0.log`, link);
  const directory = createLogDirectory(folders);
  const scan = async (): Promise<LogEntry | undefined> => {
    let entry: LogEntry | undefined;
    await directory.scan({ includes: all, onLog: (log) => void (entry = log), signal });
    return entry;
  };
  const beforeMs = performance.now();
  assert.equal(directory.seenAt(link, 0), undefined);
  const entry = await scan();
  assert(entry !== undefined);
  assert.equal(directory.seenAt(link, beforeMs), entry);
  assert.equal(directory.seenAt(`${dir}/elsewhere/pod_ns_app-${ID}.log`, beforeMs), undefined);
  const betweenMs = performance.now();
  assert.equal(directory.seenAt(link, betweenMs), undefined);
  await Deno.writeTextFile(`${dir}/pods/0.log`, "longer content");
  await scan();
  assert.equal(directory.seenAt(link, betweenMs)?.size, 14);
  await Deno.remove(link);
  await scan();
  assert.equal(directory.seenAt(link, 0), undefined);
});
