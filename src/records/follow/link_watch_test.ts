import assert from "#assert";
import { createManualChanges } from "../../../tests/fakes/manual_changes.ts";
import { createLogWorld } from "../../../tests/support/log_world.ts";
import { LogNotFoundError, openLog, type OpenLogFile } from "../../logs/log_file.ts";
import { statLog } from "../../logs/log_stat.ts";
import { LinkWatch } from "./link_watch.ts";

interface WatchedLog extends Disposable {
  readonly link: LinkWatch;
  readonly file: OpenLogFile;
  readonly world: ReturnType<typeof createLogWorld>;
  /** How often a change was reported. */
  changes(): number;
  notify(): void;
  pass(ms: number): void;
  waiting(): number;
}

function watchedLog(): WatchedLog {
  const world = createLogWorld();
  world.write();
  const manual = createManualChanges();
  const file = openLog(world.fileName, world.folders);
  const path = `${world.folders.containerLogsDir}/${world.fileName}`;
  let clockMs = 0;
  let changes = 0;
  const link = new LinkWatch(path, file, { changes: manual, clock: () => clockMs, onChange: () => changes++ });
  return {
    link,
    file,
    world,
    changes: () => changes,
    notify: () => manual.notify(),
    pass: (ms) => void (clockMs += ms),
    waiting: () => manual.waiting(),
    [Symbol.dispose]: () => {
      link[Symbol.dispose]();
      file[Symbol.dispose]();
      world[Symbol.dispose]();
    },
  };
}

Deno.test("a link is present, missing, gone after three seconds, and present again", () => {
  using watched = watchedLog();
  const { link, file } = watched;
  assert.equal(link.state, "present");
  link.noteMissing("no link", file);
  assert.equal(link.state, "missing");
  watched.pass(2_999);
  link.noteMissing("no link", file);
  assert.equal(link.state, "missing");
  link.noteFile();
  assert.equal(link.state, "present");
  link.noteMissing("no link", file);
  watched.pass(3_000);
  link.noteMissing("no link", file);
  assert.equal(link.state, "gone");
  link.noteFile();
  assert.equal(link.state, "present");
});

Deno.test("a link that leads nowhere is present while its file is there, an error once that has not grown for three seconds", () => {
  using watched = watchedLog();
  const { link, file, world } = watched;
  link.noteMissing("no target", file);
  watched.pass(2_999);
  link.noteMissing("no target", file);
  world.write();
  watched.pass(2_999);
  link.noteMissing("no target", file);
  assert.deepEqual([link.state, link.danglingSinceMs], ["present", 5_998]);
  watched.pass(3_000);
  assert.throws(() => link.noteMissing("no target", file), LogNotFoundError);
  assert.equal(link.state, "present");
  link.noteFile();
  assert.equal(link.danglingSinceMs, undefined);
  // The file is removed, too.
  world.delete();
  link.noteMissing("no target", file);
  assert.equal(link.state, "missing");
});

Deno.test("a log is unchanged when two polls have found it the same; an event is no poll", () => {
  using watched = watchedLog();
  const { link, world } = watched;
  const isUnchanged = (kind: "poll" | "event"): boolean => link.isUnchanged(kind, statLog(link.path));
  assert.deepEqual((["poll", "event", "poll", "event", "poll"] as const).map(isUnchanged), [
    false,
    false,
    false,
    false,
    true,
  ]);
  world.write();
  assert.deepEqual((["poll", "poll", "poll"] as const).map(isUnchanged), [false, false, true]);
});

Deno.test("changes are reported until the watch ends, also of another file", () => {
  using watched = watchedLog();
  const { link, file } = watched;
  watched.notify();
  link.moveTo(file);
  watched.notify();
  assert.deepEqual([watched.changes(), watched.waiting()], [2, 1]);
  link[Symbol.dispose]();
  watched.notify();
  assert.deepEqual([watched.changes(), watched.waiting()], [2, 0]);
});
