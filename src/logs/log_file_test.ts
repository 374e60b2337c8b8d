import assert from "#assert";
import fs from "node:fs";
import { replaced } from "../../tests/support/replaced.ts";
import { runWithoutRights } from "../../tests/support/without_rights.ts";
import {
  isUnder,
  type LogFolders,
  LogNotFoundError,
  LogReadError,
  openLog,
  resolveRoots,
  systemErrorText,
  TooManyFilesError,
} from "./log_file.ts";

/** A containers folder, a root of targets and a place outside of both. */
interface Place extends AsyncDisposable {
  readonly folders: LogFolders;
  readonly containers: string;
  readonly pods: string;
  readonly outside: string;
}

async function makePlace(): Promise<Place> {
  const dir = await Deno.realPath(await Deno.makeTempDir({ prefix: "log-file-" }));
  const [containers, pods, outside] = [`${dir}/containers`, `${dir}/pods`, `${dir}/podsX`];
  for (const folder of [containers, pods, outside]) await Deno.mkdir(folder);
  return {
    containers,
    pods,
    outside,
    folders: { containerLogsDir: containers, roots: resolveRoots([containers, pods]) },
    [Symbol.asyncDispose]: () => Deno.remove(dir, { recursive: true }),
  };
}

const notFound = (link: string, text: string) => (error: unknown): boolean =>
  error instanceof LogNotFoundError && error.message === `failed to access log file ${link}: ${text}`;

const NO_FILE = "No such file or directory (os error 2)";

Deno.test("openLog() opens the file behind a chain of links, by its resolved path", async () => {
  await using place = await makePlace();
  const { containers, pods, folders } = place;
  await Deno.writeTextFile(`${pods}/0.log`, "content");
  await Deno.symlink(`${pods}/0.log`, `${pods}/link`);
  await Deno.symlink(`../pods/link`, `${containers}/a.log`);
  using file = openLog("a.log", folders);
  assert.equal(file.path, `${pods}/0.log`);
  assert.equal(file.size(), 7);
  const bytes = new Uint8Array(16);
  assert.equal(await file.read(bytes, 3), 4);
  assert.equal(new TextDecoder().decode(bytes.subarray(0, 4)), "tent");
  assert.equal(await file.read(bytes, 7), 0);
  assert.equal(await file.read(bytes, 2 ** 40), 0);
  assert.equal(await file.read(bytes.subarray(0, 2), 0), 2);
});

Deno.test("openLog() opens a file that lies in the containers folder itself", async () => {
  await using place = await makePlace();
  await Deno.writeTextFile(`${place.containers}/a.log`, "content");
  using file = openLog("a.log", place.folders);
  assert.equal(file.size(), 7);
});

Deno.test("openLog() sees a file grow, and keeps it when its name is gone", async () => {
  await using place = await makePlace();
  const path = `${place.containers}/a.log`;
  await Deno.writeTextFile(path, "one");
  using file = openLog("a.log", place.folders);
  await Deno.writeTextFile(path, "two", { append: true });
  assert.equal(file.size(), 6);
  await Deno.remove(path);
  const bytes = new Uint8Array(6);
  assert.equal(await file.read(bytes, 0), 6);
  assert.equal(new TextDecoder().decode(bytes), "onetwo");
});

Deno.test("openLog() opens a log that is open already, and what has taken its place as that", async () => {
  await using place = await makePlace();
  const { containers, pods, outside, folders } = place;
  await Deno.writeTextFile(`${pods}/0.log`, "one");
  await Deno.symlink(`${pods}/0.log`, `${containers}/a.log`);
  using first = openLog("a.log", folders);
  {
    using again = openLog("a.log", folders);
    assert.equal(again.id, first.id);
  }
  await Deno.rename(`${pods}/0.log`, `${pods}/0.log.1`);
  await Deno.writeTextFile(`${pods}/0.log`, "another");
  using other = openLog("a.log", folders);
  assert.notEqual(other.id, first.id);
  assert.deepEqual([first.size(), other.size()], [3, 7]);
  await Deno.rename(`${pods}/0.log`, `${outside}/0.log`);
  await Deno.symlink(`${outside}/0.log`, `${pods}/0.log`);
  assert.throws(() => openLog("a.log", folders), notFound(`${containers}/a.log`, NO_FILE));
});

Deno.test("openLog() refuses what is not there, in the system's words", async () => {
  await using place = await makePlace();
  const { containers, folders, pods } = place;
  await Deno.symlink(`${pods}/missing`, `${containers}/dangling.log`);
  await Deno.symlink(`${containers}/loop.log`, `${containers}/loop.log`);
  await Deno.writeTextFile(`${pods}/file`, "");
  await Deno.symlink(`${pods}/file/below`, `${containers}/below.log`);
  const long = `${"x".repeat(300)}.log`;
  for (
    const [name, text] of [
      ["missing.log", NO_FILE],
      ["dangling.log", NO_FILE],
      ["loop.log", "Too many levels of symbolic links (os error 40)"],
      ["below.log", "Not a directory (os error 20)"],
      [long, "File name too long (os error 36)"],
    ] as const
  ) {
    assert.throws(() => openLog(name, folders), notFound(`${containers}/${name}`, text), name);
  }
});

Deno.test("openLog() refuses a target outside the roots as it refuses a missing one", async () => {
  await using place = await makePlace();
  const { containers, pods, outside, folders } = place;
  await Deno.writeTextFile(`${outside}/secret`, "secret");
  await Deno.symlink(`${outside}/secret`, `${containers}/sibling.log`);
  await Deno.symlink(`${outside}/secret`, `${pods}/hop`);
  await Deno.symlink(`${pods}/hop`, `${containers}/chain.log`);
  await Deno.symlink(outside, `${pods}/folder`);
  await Deno.symlink(`${pods}/folder/secret`, `${containers}/folder.log`);
  await Deno.symlink(`${pods}/../podsX/secret`, `${containers}/dots.log`);
  await Deno.symlink("/etc/passwd", `${containers}/system.log`);
  await Deno.symlink("/proc/self/environ", `${containers}/environ.log`);
  for (const name of ["sibling", "chain", "folder", "dots", "system", "environ"]) {
    const link = `${containers}/${name}.log`;
    assert.throws(() => openLog(`${name}.log`, folders), notFound(link, NO_FILE), name);
  }
});

Deno.test("openLog() refuses what is no regular file, and does not wait for it", async () => {
  await using place = await makePlace();
  const { containers, folders } = place;
  await Deno.mkdir(`${containers}/folder.log`);
  await new Deno.Command("mkfifo", { args: [`${containers}/fifo.log`] }).output();
  using _socket = Deno.listen({ transport: "unix", path: `${containers}/socket.log` });
  for (const name of ["folder.log", "fifo.log", "socket.log"]) {
    assert.throws(() => openLog(name, folders), notFound(`${containers}/${name}`, NO_FILE), name);
  }
  // A device would be a root's own only by accident; the rule is the same.
  await Deno.symlink("/dev/zero", `${containers}/zero.log`);
  const everywhere = { containerLogsDir: containers, roots: ["/"] };
  assert.throws(() => openLog("zero.log", everywhere), notFound(`${containers}/zero.log`, NO_FILE));
});

Deno.test("openLog() refuses a file that it may not read, and opens it when it may", async () => {
  await using place = await makePlace();
  const { containers, folders } = place;
  const path = `${containers}/a.log`;
  await Deno.writeTextFile(path, "content");
  await Deno.chmod(path, 0o000);
  await Deno.chmod(containers, 0o755);
  await Deno.chmod(`${containers}/..`, 0o755);
  const attempt = async (): Promise<string> =>
    await runWithoutRights(`
      import { openLog } from ${JSON.stringify(import.meta.resolve("./log_file.ts"))};
      dropRights();
      try {
        const file = openLog("a.log", ${JSON.stringify(folders)});
        console.log("opened", file.size());
      } catch (error) {
        console.log(error.name, error.message);
      }`);
  assert.equal(
    await attempt(),
    `LogNotFoundError failed to access log file ${path}: Permission denied (os error 13)\n`,
  );
  await Deno.chmod(path, 0o644);
  assert.equal(await attempt(), "opened 7\n");
});

Deno.test("openLog() tells when the process has no descriptor left", async () => {
  await using place = await makePlace();
  const { containers, folders } = place;
  await Deno.writeTextFile(`${containers}/a.log`, "content");
  const program = `
    import { openLog } from ${JSON.stringify(import.meta.resolve("./log_file.ts"))};
    const files = [];
    try {
      for (;;) files.push(openLog("a.log", ${JSON.stringify(folders)}));
    } catch (error) {
      console.log(error.name, error.message);
    }
    files.pop()[Symbol.dispose]();
    files.pop()[Symbol.dispose]();
    using file = openLog("a.log", ${JSON.stringify(folders)});
    console.log(file.size());`;
  const { stdout } = await new Deno.Command("sh", {
    args: ["-c", 'ulimit -n 64; exec "$0" eval --quiet --no-config --no-lock --ext=ts "$1"', Deno.execPath(), program],
  }).output();
  assert.equal(
    new TextDecoder().decode(stdout),
    `${TooManyFilesError.name} Cannot open the log: too many open files\n7\n`,
  );
});

Deno.test("read() reads on where the system gives less than was asked for, up to the end of the file", async () => {
  await using place = await makePlace();
  await Deno.writeTextFile(`${place.containers}/a.log`, "0123456789");
  using file = openLog("a.log", place.folders);
  const { read } = fs as unknown as { read: (...given: unknown[]) => void };
  const short = (descriptor: number, into: Uint8Array, at: number, length: number, ...rest: unknown[]): void =>
    read(descriptor, into, at, Math.min(length, 3), ...rest);
  using _ = replaced(fs, "read", short as unknown as typeof fs.read);
  for (
    const [position, bytes, text] of [[0, 10, "0123456789"], [2, 5, "23456"], [2, 20, "23456789"], [10, 5, ""]] as const
  ) {
    const into = new Uint8Array(bytes);
    assert.equal(await file.read(into, position), text.length);
    assert.equal(new TextDecoder().decode(into.subarray(0, text.length)), text);
  }
});

Deno.test("read() names the byte that it could not read", async () => {
  await using place = await makePlace();
  await Deno.writeTextFile(`${place.containers}/a.log`, "content");
  const file = openLog("a.log", place.folders);
  file[Symbol.dispose]();
  await assert.rejects(
    file.read(new Uint8Array(4), 3),
    (error: unknown) =>
      error instanceof LogReadError && error.message === "Cannot read the log at byte 3: EBADF (os error 9)",
  );
});

Deno.test("isUnder() does not take a sibling or the root itself for a path under it", () => {
  const roots = ["/var/log/pods", "/data"];
  for (const path of ["/var/log/pods/a", "/var/log/pods/a/b", "/data/x"]) assert.ok(isUnder(path, roots), path);
  for (const path of ["/var/log/podsX/a", "/var/log/pods", "/var/log", "/", "/dataX"]) {
    assert.ok(!isUnder(path, roots), path);
  }
  assert.ok(isUnder("/etc/passwd", ["/"]));
  assert.ok(!isUnder("/etc/passwd", []));
});

Deno.test("resolveRoots() follows links, takes one that does not exist as written, and refuses a relative one", async () => {
  await using place = await makePlace();
  const { pods, outside } = place;
  await Deno.symlink(pods, `${outside}/pods`);
  assert.deepEqual(resolveRoots([`${outside}/pods`, `${outside}/missing/./x/`]), [pods, `${outside}/missing/x`]);
  assert.throws(() => resolveRoots(["var/log"]), {
    name: "LogRootError",
    message: 'Cannot use log root "var/log": it must be an absolute path',
  });
});

Deno.test("resolveRoots() names the root that the runtime may not read", {
  permissions: { read: false },
}, () => {
  assert.throws(() => resolveRoots(["/data/logs"]), {
    name: "LogRootError",
    message: /^Cannot use log root "\/data\/logs": Requires read access to "\/data\/logs"/,
  });
});

Deno.test("systemErrorText() gives the system's words for the codes that it knows, the code for others", () => {
  assert.equal(systemErrorText("ENOENT"), NO_FILE);
  assert.equal(systemErrorText("EACCES"), "Permission denied (os error 13)");
  assert.equal(systemErrorText("EISDIR"), "Is a directory (os error 21)");
  assert.equal(systemErrorText("EMFILE"), "Too many open files (os error 24)");
  assert.equal(systemErrorText("ESTALE"), "ESTALE (os error 116)");
  assert.equal(systemErrorText(undefined), "Input/output error");
  assert.equal(systemErrorText("NO_SUCH_CODE"), "Input/output error");
});

Deno.test("openLog() keeps for the log why it does not open what is there, and says nothing of what is not", async () => {
  await using place = await makePlace();
  const { containers, outside, folders } = place;
  await Deno.writeTextFile(`${outside}/0.log`, "secret");
  await Deno.symlink(`${outside}/0.log`, `${containers}/out.log`);
  await Deno.mkdir(`${containers}/folder.log`);
  await Deno.symlink(`${outside}/none`, `${containers}/dangling.log`);
  const causeOf = (fileName: string): unknown => {
    try {
      using file = openLog(fileName, folders);
      return file.path;
    } catch (error) {
      if (!(error instanceof LogNotFoundError)) throw error;
      assert.match(error.message, /: No such file or directory \(os error 2\)$/);
      return error.cause;
    }
  };
  assert.deepEqual(["out.log", "folder.log", "dangling.log", "none.log"].map(causeOf), [
    "its target lies outside the log roots",
    "it is not a regular file",
    undefined,
    undefined,
  ]);
});
