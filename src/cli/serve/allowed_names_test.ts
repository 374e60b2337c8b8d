import assert from "#assert";
import { createRecordingLog, type RecordingLog } from "../../../tests/support/recording_log.ts";
import { createMetrics } from "../../telemetry/metrics.ts";
import { type AllowedNames, createAllowedNames } from "./allowed_names.ts";
import { readConfiguration } from "./configuration.ts";

interface Rig extends Pick<RecordingLog, "take" | "lines">, AsyncDisposable {
  readonly file: string;
  readonly allowed: AllowedNames;
  /** Writes the file with these names, and other settings. */
  write(names: readonly string[] | string, others?: object): Promise<void>;
  poll(): Promise<void>;
}

async function rig(
  { overrides = [], names = ["a", "b"], mode = "proxy" }: {
    readonly overrides?: readonly string[];
    readonly names?: readonly string[] | string;
    readonly mode?: string;
  } = {},
): Promise<Rig> {
  const folder = await Deno.makeTempDir({ prefix: "allowed-names-" });
  const file = `${folder}/agent.json`;
  const write = async (list: readonly string[] | string, others: object = {}): Promise<void> => {
    const tls = { "cert-file": "/c", "key-file": "/k", "ca-file": "/a", "allowed-names": list };
    await Deno.writeTextFile(file, JSON.stringify({ tls, authorization: { mode }, ...others }));
  };
  await write(names);
  const configuration = await readConfiguration(file, { overrides, env: (name) => name === "LIST" ? "x" : undefined });
  const { log, take, lines } = createRecordingLog();
  const allowed = createAllowedNames(configuration, { log, metrics: createMetrics() });
  return {
    file,
    allowed,
    take,
    lines,
    write,
    poll: async () => {
      for (let poll = 0; poll < 3; poll++) await allowed.poll();
    },
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}

const KEPT = "warn: Cannot use the new configuration, going on with the earlier one: ";

Deno.test("the names follow the file", async () => {
  await using it = await rig();
  assert.deepEqual(it.allowed.names(), ["a", "b"]);
  await it.write(["b", "c"]);
  await it.allowed.poll();
  assert.deepEqual(it.allowed.names(), ["a", "b"], "the file may be half written");
  await it.poll();
  assert.deepEqual(it.allowed.names(), ["b", "c"]);
  assert.deepEqual(it.lines.map(({ message, fields }) => [message, fields["tls.allowed-names"], fields["other"]]), [
    ["Read the configuration again", "b, c", undefined],
  ]);
});

Deno.test("of other settings a line says that they count after a restart", async () => {
  await using it = await rig();
  await it.write(["a"], { history: false });
  await it.poll();
  assert.deepEqual(it.lines.map(({ fields }) => fields["other"]), ["counts after a restart"]);
});

Deno.test("a file that cannot be used leaves the names as they are, with one line, and one when it is mended", async () => {
  await using it = await rig();
  await Deno.writeTextFile(it.file, '{ "tls": {');
  await it.poll();
  const [line = ""] = it.take();
  assert(line.startsWith(KEPT), line);
  await it.write(["c"], { history: "perhaps" });
  await it.poll();
  assert.match(it.take().join(), /history is "perhaps"/);
  await Deno.remove(it.file);
  await it.poll();
  assert.match(it.take().join(), /No such file/);
  assert.deepEqual(it.allowed.names(), ["a", "b"]);
  await it.write(["c"]);
  await it.poll();
  assert.deepEqual(it.take(), ["info: Read the configuration again: it can be used now"]);
  assert.deepEqual(it.allowed.names(), ["c"]);
});

Deno.test("a list that becomes empty would believe anybody: the earlier one is kept", async () => {
  await using it = await rig();
  const empty = `${KEPT}tls.allowed-names has become empty, which would believe any verified client`;
  await it.write([]);
  await it.poll();
  assert.deepEqual(it.take(), [empty]);
  // As a file is that has lost its end.
  const tls = { "cert-file": "/c", "key-file": "/k", "ca-file": "/a" };
  await Deno.writeTextFile(it.file, JSON.stringify({ tls }));
  await it.poll();
  assert.deepEqual([it.take(), it.allowed.names()], [[], ["a", "b"]], "the same cause");
});

Deno.test("a list that was empty may get names", async () => {
  await using it = await rig({ names: [] });
  await it.write(["a"]);
  await it.poll();
  assert.deepEqual(it.allowed.names(), ["a"]);
});

Deno.test("names of the command line stay, and a variable has the value of the start", async () => {
  await using it = await rig({ overrides: ["tls.allowed-names:p,q"] });
  await it.write(["c"]);
  await it.poll();
  assert.deepEqual(it.allowed.names(), ["p", "q"]);
  await using other = await rig({ names: ["${LIST}"] });
  await other.write(["${LIST}", "y"]);
  await other.poll();
  assert.deepEqual(other.allowed.names(), ["x", "y"]);
});

Deno.test("in the mode of tokens, and where the file is a pipe, nothing is read again", async () => {
  await using it = await rig({ mode: "token" });
  await Deno.writeTextFile(it.file, "garbage");
  await it.poll();
  assert.deepEqual(it.take(), []);
  const folder = await Deno.makeTempDir({ prefix: "allowed-names-" });
  try {
    const file = `${folder}/fifo.json`;
    await new Deno.Command("mkfifo", { args: [file] }).output();
    const tls = { "cert-file": "/c", "key-file": "/k", "ca-file": "/a", "allowed-names": ["a"] };
    const [configuration] = await Promise.all([
      readConfiguration(file, { env: () => undefined }),
      Deno.writeTextFile(file, JSON.stringify({ tls })),
    ]);
    const { log, take } = createRecordingLog();
    const allowed = createAllowedNames(configuration, { log, metrics: createMetrics() });
    for (let poll = 0; poll < 3; poll++) await allowed.poll();
    assert.deepEqual([take(), allowed.names()], [[], ["a"]]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
