import assert from "#assert";
import fs from "node:fs";
import { followWorld } from "../../../tests/support/followed_world.ts";
import { createLogWorld, type LogWorld } from "../../../tests/support/log_world.ts";
import { replaced, systemError } from "../../../tests/support/replaced.ts";
import { runWithoutRights } from "../../../tests/support/without_rights.ts";
import { type LogFolders, TooManyFilesError } from "../../logs/log_file.ts";
import { LogLossError } from "./log_loss.ts";
import { createRetries } from "./open_retries.ts";

/** Rotates a log; opening a file fails with a code as long as what is returned is not disposed of. */
function unopenable(world: LogWorld, code: string): Disposable {
  world.rotate();
  return replaced(fs, "openSync", () => {
    throw systemError(code);
  });
}

/** Puts something in the place of the log's link or file; disposed of, the log is as it was. */
function inPlaceOf(path: string, put: () => void): Disposable {
  Deno.renameSync(path, `${path}.kept`);
  put();
  return {
    [Symbol.dispose]: () => {
      Deno.removeSync(path);
      Deno.renameSync(`${path}.kept`, path);
    },
  };
}

const linkOf = ({ folders, fileName }: LogWorld): string => `${folders.containerLogsDir}/${fileName}`;

/** What keeps a follow from opening the file that its log's name leads to, and what it reports of it. */
const CAUSES: readonly { readonly what: string; readonly text: RegExp; begin(world: LogWorld): Disposable }[] = [
  {
    what: "a file that may not be read",
    text: /^failed to access log file .*: Permission denied \(os error 13\)$/,
    begin: (world) => unopenable(world, "EACCES"),
  },
  {
    what: "no descriptor left",
    text: /^Cannot open the log: too many open files$/,
    begin: (world) => unopenable(world, "EMFILE"),
  },
  {
    what: "a folder under the log's name",
    text: /^failed to access log file .*: No such file or directory \(os error 2\)$/,
    begin: (world) => inPlaceOf(world.path(), () => Deno.mkdirSync(world.path())),
  },
  {
    what: "a link that leads out of the roots",
    text: /^failed to access log file .*: No such file or directory \(os error 2\)$/,
    begin: (world) => inPlaceOf(linkOf(world), () => Deno.symlinkSync("/etc/passwd", linkOf(world))),
  },
  {
    what: "a folder on the way that may not be entered",
    text: /^PermissionDenied: the system says no$/,
    begin: () =>
      replaced(Deno, "statSync", () => {
        throw new Deno.errors.PermissionDenied("PermissionDenied: the system says no");
      }),
  },
];

for (const { what, text, begin } of CAUSES) {
  Deno.test(`${what}: reported once and at once, and nothing is lost when it is over within a minute`, async () => {
    using world = createLogWorld();
    await using following = await followWorld(world);
    world.write();
    {
      using _ = begin(world);
      await following.idle();
      following.pass(30_000);
      following.pass(29_999);
      await following.idle();
      assert.equal(following.problems.length, 1);
      assert.match(following.problems[0] ?? "", text);
    }
    world.write();
    world.rotate();
    world.write();
    await following.idle();
    assert.deepEqual(following.got(), world.written);
    assert.deepEqual(following.gaps, []);
  });

  Deno.test(`${what}: after a minute the follow ends, with all that could be read`, async () => {
    using world = createLogWorld();
    await using following = await followWorld(world);
    using _ = begin(world);
    await following.idle();
    following.pass(60_000);
    await assert.rejects(following.over, (error: Error) => {
      if (what === "no descriptor left") return error instanceof TooManyFilesError;
      assert(error instanceof LogLossError);
      assert.match(error.message.replace("Cannot follow the log any further: ", ""), text);
      return true;
    });
    assert.deepEqual(following.got(), world.written);
  });
}

Deno.test("a follow of a process that may not read the next file tells, and goes on once it may", async () => {
  const program = `
    import { followWorld } from ${JSON.stringify(import.meta.resolve("../../../tests/support/followed_world.ts"))};
    import { createLogWorld } from ${JSON.stringify(import.meta.resolve("../../../tests/support/log_world.ts"))};
    dropRights();
    using world = createLogWorld();
    await using following = await followWorld(world);
    world.rotate();
    world.write();
    Deno.chmodSync(world.path(), 0o000);
    await following.idle();
    const before = following.got().length;
    Deno.chmodSync(world.path(), 0o644);
    await following.idle();
    console.log(JSON.stringify([before, following.got(), following.problems]));`;
  const [before, got, problems] = JSON.parse(
    await runWithoutRights(program),
  );
  assert.deepEqual([before, got], [0, ["line 1 ."]]);
  assert.match(problems.join(), /^failed to access log file [^,]*: Permission denied \(os error 13\)$/);
});

Deno.test("a rotated file that may not be read is not skipped: what follows it waits", async () => {
  using world = createLogWorld();
  await using following = await followWorld(world);
  world.rotate();
  world.write();
  world.rotate();
  world.write();
  const [, second = ""] = world.rotated();
  const { openSync } = fs;
  {
    using _ = replaced(fs, "openSync", (...parameters) => {
      if (parameters[0] === second) throw systemError("EACCES");
      return openSync(...parameters);
    });
    await following.idle();
    assert.deepEqual(following.got(), []);
    assert.equal(following.problems.length, 1);
  }
  await following.idle();
  assert.deepEqual(following.got(), world.written);
  assert.deepEqual(following.gaps, []);
});

Deno.test("a link that leads nowhere is reported after three seconds, and ends a follow after a minute, unless the file that it led to grows", async () => {
  using world = createLogWorld();
  await using following = await followWorld(world);
  await Deno.rename(world.path(), `${world.path()}.elsewhere`);
  for (let seconds = 0; seconds < 120; seconds += 2) {
    world.write();
    following.pass(2_000);
    await following.idle();
  }
  assert.deepEqual(following.got(), world.written);
  assert.deepEqual(following.problems, []);
  following.pass(3_000);
  assert.match(following.problems.join(), /^failed to access log file .*: No such file or directory \(os error 2\)$/);
  following.pass(56_999);
  await following.idle();
  following.pass(1);
  await assert.rejects(following.over, LogLossError);
});

Deno.test("files that are moved each time that the next one is opened: reported at once, a loss after a minute", async () => {
  using world = createLogWorld({ kind: "docker" });
  let isMoving = false;
  const folders: LogFolders = {
    containerLogsDir: world.folders.containerLogsDir,
    // Asked for when a file is opened.
    get roots() {
      if (isMoving) world.rotate({ delivered: [] });
      return world.folders.roots;
    },
  };
  await using following = await followWorld(world, { folders });
  world.write();
  await following.idle();
  // The file that was followed is gone, so that those beside it are told apart by what is in them.
  for (let n = 0; n < 5; n++) {
    world.rotate();
    world.write();
  }
  isMoving = true;
  const loss = assert.rejects(following.over, (error: Error) => {
    assert(error instanceof LogLossError);
    assert.equal(
      error.message,
      "Cannot follow the log any further: the log's files are moved each time that the next one is opened",
    );
    return true;
  });
  await following.idle();
  assert.deepEqual(following.problems, ["the log's files are moved each time that the next one is opened"]);
  following.pass(60_000);
  await loss;
});

Deno.test("a defect is not tried again", () => {
  const retries = createRetries({ limitMs: 60_000, sinceMs: 0, onError: () => assert.fail("reported") });
  assert.throws(() => retries.failed(new RangeError("a defect"), 0), RangeError);
});

Deno.test("a follow that cannot begin closes its file", async () => {
  using world = createLogWorld();
  const { closeSync } = fs;
  let closed = 0;
  using _close = replaced(fs, "closeSync", (descriptor) => {
    closed++;
    closeSync(descriptor);
  });
  using _list = replaced(Deno, "readDirSync", () => {
    throw systemError("EMFILE");
  });
  await assert.rejects(followWorld(world), TooManyFilesError);
  assert.equal(closed, 1);
});
