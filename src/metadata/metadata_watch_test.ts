import assert from "#assert";
import { resolveRoots } from "../logs/log_file.ts";
import { createPoller } from "../scheduling/poller.ts";
import { createLogDirectory, type LogDirectory, LogFolderError } from "./log_directory.ts";
import { createMetadataWatch, type LogEvent, type MetadataWatch } from "./metadata_watch.ts";

interface Place extends AsyncDisposable {
  readonly dir: string;
  /** Looks, `ms` later than before. */
  later(ms: number): Promise<void>;
  readonly watch: MetadataWatch;
  /** How often the folder was scanned. */
  scans(): number;
  readonly skipped: string[];
}

async function makePlace(): Promise<Place> {
  const dir = await Deno.realPath(await Deno.makeTempDir({ prefix: "watch-" }));
  for (const folder of ["containers", "pods"]) await Deno.mkdir(`${dir}/${folder}`);
  let nowMs = 0;
  const skipped: string[] = [];
  let count = 0;
  const directory = createLogDirectory({ containerLogsDir: `${dir}/containers`, roots: resolveRoots([dir]) });
  const counted: LogDirectory = {
    ...directory,
    scan: (options) => {
      count++;
      return directory.scan(options);
    },
  };
  const watch = createMetadataWatch({
    directory: counted,
    poller: createPoller({ everyMs: 1e9 }),
    clock: () => nowMs,
    onSkip: (fileName) => skipped.push(fileName),
  });
  return {
    dir,
    watch,
    skipped,
    scans: () => count,
    later: async (ms) => {
      nowMs += ms;
      await watch.scan();
    },
    [Symbol.asyncDispose]: () => Deno.remove(dir, { recursive: true }),
  };
}

function create({ dir }: Place, name: string, content: string): string {
  const target = `${dir}/pods/${name}`;
  Deno.writeTextFileSync(target, content);
  Deno.symlinkSync(target, `${dir}/containers/${name}_ns_app-${name}0.log`);
  return target;
}

/** The next event, as text. */
async function next(events: AsyncGenerator<LogEvent, never>): Promise<string> {
  const { value } = await events.next();
  return `${value.type} ${value.name.podName} ${value.size}${value.modifiedMs === undefined ? " gone" : ""}`;
}

Deno.test("a watch reports each change of a log, folded, and nothing of what was there", async () => {
  await using place = await makePlace();
  const over = new AbortController();
  const old = create(place, "old", "1");
  const events = await place.watch.open({ includes: () => true, signal: over.signal });
  const fresh = create(place, "fresh", "1");
  await place.later(1000);
  await Deno.writeTextFile(fresh, "23", { append: true });
  await place.later(1000);
  assert.equal(await next(events), "ADDED fresh 3");
  await Deno.writeTextFile(old, "4567", { append: true });
  await place.later(1000);
  await place.later(1000);
  assert.equal(await next(events), "MODIFIED old 5");
  await Deno.remove(`${place.dir}/containers/old_ns_app-old0.log`);
  // Found later than changes are collected for: reported at once.
  await place.later(5000);
  assert.equal(await next(events), "DELETED old 0 gone");
  over.abort(new Error("enough"));
  await assert.rejects(events.next(), /enough/);
});

Deno.test("what comes and goes between two events is not reported; a new name is another log", async () => {
  await using place = await makePlace();
  const over = new AbortController();
  create(place, "a", "1");
  const events = await place.watch.open({ includes: () => true, signal: over.signal });
  create(place, "brief", "1");
  await place.later(1000);
  await Deno.remove(`${place.dir}/containers/brief_ns_app-brief0.log`);
  await Deno.rename(`${place.dir}/containers/a_ns_app-a0.log`, `${place.dir}/containers/b_ns_app-b0.log`);
  await place.later(5000);
  assert.deepEqual([await next(events), await next(events)].sort(), ["ADDED b 1", "DELETED a 0 gone"]);
  over.abort(new Error("enough"));
  await assert.rejects(events.next(), /enough/);
});

Deno.test("each watch has its own namespaces, and one that waits does not hold up another", async () => {
  await using place = await makePlace();
  const over = new AbortController();
  const { signal } = over;
  const none = await place.watch.open({ includes: (namespace) => namespace === "other", signal });
  const all = await place.watch.open({ includes: () => true, signal });
  create(place, "a", "1");
  await place.later(5000);
  assert.equal(await next(all), "ADDED a 1");
  const waiting = none.next();
  over.abort(new Error("enough"));
  await assert.rejects(waiting, /enough/);
});

Deno.test("a link that dangles is no log until its target is there, and none again when it goes", async () => {
  await using place = await makePlace();
  const over = new AbortController();
  const target = create(place, "a", "1");
  await Deno.remove(target);
  const events = await place.watch.open({ includes: () => true, signal: over.signal });
  await Deno.writeTextFile(target, "back");
  await place.later(5000);
  assert.equal(await next(events), "ADDED a 4");
  await Deno.remove(target);
  await place.later(5000);
  assert.equal(await next(events), "DELETED a 0 gone");
  over.abort(new Error("enough"));
  await assert.rejects(events.next(), /enough/);
});

Deno.test("twenty watches share each scan, report the same, and none waits for another", async () => {
  await using place = await makePlace();
  const over = new AbortController();
  const opening = Array.from({ length: 20 }, () => place.watch.open({ includes: () => true, signal: over.signal }));
  const watches = await Promise.all(opening);
  // Those that came while a scan was under way have waited for the next one.
  assert.ok(place.scans() <= 2, `${place.scans()} scans for the first`);
  const before = place.scans();
  const target = create(place, "a", "1");
  await place.later(5000);
  assert.equal(place.scans(), before + 1);
  const [slow, ...others] = watches;
  for (const events of others) assert.equal(await next(events), "ADDED a 1");
  await Deno.writeTextFile(target, "23", { append: true });
  await place.later(5000);
  assert.equal(place.scans(), before + 2);
  for (const events of others) assert.equal(await next(events), "MODIFIED a 3");
  assert.equal(await next(slow as AsyncGenerator<LogEvent, never>), "ADDED a 3");
  over.abort(new Error("enough"));
  for (const events of watches) await assert.rejects(events.next(), /enough/);
});

Deno.test("a log that cannot be read for a while is reported neither as gone nor as back; a scan that fails ends no watch", async () => {
  const [id, name] = ["1:1", { podName: "a", namespace: "ns", containerName: "c", containerId: "0" }];
  const log = { kind: "file" as const, fileName: "a_ns_c-0.log", id, name, size: 1, modifiedMs: 1 };
  let result: "there" | "grown" | "unreadable" | "failed" = "there";
  let nowMs = 0;
  const skipped: string[] = [];
  const watch = createMetadataWatch({
    directory: {
      folder: "/logs",
      scan: ({ onLog, onSkip }) => {
        if (result === "failed") return Promise.reject(new LogFolderError("Log directory not found: /logs"));
        if (result === "unreadable") onSkip?.(log.fileName, "PermissionDenied: EACCES", "unreadable");
        else onLog(result === "there" ? log : { ...log, size: 2 });
        return Promise.resolve(0);
      },
      seenAt: () => undefined,
    },
    poller: createPoller({ everyMs: 1e9 }),
    clock: () => nowMs,
    onSkip: (fileName, reason) => skipped.push(`${fileName} ${reason}`),
  });
  const over = new AbortController();
  const events = await watch.open({ includes: () => true, signal: over.signal });
  for (result of ["unreadable", "unreadable", "failed", "there", "grown"] as const) {
    nowMs += 5000;
    const scanning = watch.scan();
    if (result === "failed") await assert.rejects(scanning, LogFolderError);
    else await scanning;
  }
  assert.equal(await next(events), "MODIFIED a 2");
  assert.deepEqual(skipped, ["a_ns_c-0.log PermissionDenied: EACCES"]);
  over.abort(new Error("enough"));
  await assert.rejects(events.next(), /enough/);
});
