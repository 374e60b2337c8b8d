/**
 * The command as a process, as a user starts it.
 *
 * @module
 */
import assert from "#assert";
import { recorded, recordedLines } from "../../../tests/collector/recorded.ts";
import { Readiness } from "../readiness.ts";
import { drainOf } from "./collect.ts";
import { replay, ReplayError } from "./replay.ts";

const MAIN = new URL("../../../main.ts", import.meta.url).pathname;

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function collecting(words: readonly string[]): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-prompt", "--allow-read", "--allow-net", "--allow-env", MAIN, "collect", ...words],
    clearEnv: true,
    env: { HOSTNAME: "host", RUST_LOG: "warn" },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

async function collect(words: readonly string[], input: Uint8Array<ArrayBuffer> = new Uint8Array()): Promise<Ended> {
  const child = collecting(words);
  const [{ code, stdout, stderr }] = await Promise.all([child.output(), feed(child.stdin, input)]);
  return { code, stdout: new TextDecoder().decode(stdout), stderr: new TextDecoder().decode(stderr) };
}

/** Writes all that the process takes; it may end before. */
async function feed(stdin: WritableStream<Uint8Array>, input: Uint8Array<ArrayBuffer>): Promise<void> {
  try {
    await new Blob([input]).stream().pipeTo(stdin);
  } catch (error) {
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
}

Deno.test("collect --replay gives each line of the traces back, with parity as it was recorded", async () => {
  const { code, stdout, stderr } = await collect(["--replay=-", "--parity"], await recorded("matcher_traces.jsonl.gz"));
  assert.deepEqual([code, stderr], [0, ""]);
  const ours = stdout.trimEnd().split("\n");
  const lines = await recordedLines("matcher_traces.jsonl.gz");
  assert.equal(ours.length, lines.length);
  // The order between pods is nobody's promise.
  const sorted = (line: string): string => line.split("").sort().join("");
  assert(ours.every((line, index) => sorted(line) === sorted(lines[index] ?? "")));
});

const SCENARIO = '{"scenario":0,"delete_ttl":"0","delete_capacity":9}';

for (
  const [what, line, message] of [
    ["is no JSON", '{"stream":"pods","type"', 'not JSON: {"stream":"pods","type"'],
    ["is no object", "[1]", "step is no object: [1]"],
    ["has no stream", '{"type":"Init"}', "no stream: nothing"],
    ["has an unknown stream", '{"stream":"nodes","type":"Init"}', "no stream: nodes"],
    ["has an unknown type", '{"stream":"pods","type":"Bogus"}', "no type of event: Bogus"],
    ["has no object", '{"stream":"pods","type":"Apply"}', "obj is no object: nothing"],
    ["has a pod without a uid", '{"stream":"pods","type":"Apply","obj":{"ip":""}}', "uid is no text: nothing"],
    ["has a capacity that is none", '{"scenario":1,"delete_capacity":-1}', "delete_capacity is no number from 0: -1"],
    ["has a ttl that is none", '{"scenario":1,"delete_ttl":"long"}', "delete_ttl is no number from 0: long"],
  ] as const
) {
  Deno.test(`collect --replay refuses a line that ${what}, by its number`, async () => {
    const printed: string[] = [];
    const traces = await Deno.makeTempFile();
    try {
      await Deno.writeTextFile(traces, `${SCENARIO}\n\n${line}\n${SCENARIO}\n`);
      await assert.rejects(
        replay({ traces, parity: false, print: (lines) => printed.push(lines) }),
        new ReplayError(`Cannot run ${traces}, line 3: ${message}`),
      );
    } finally {
      await Deno.remove(traces);
    }
    assert.equal(printed.join(""), `${SCENARIO}\n\n`);
  });
}

Deno.test("collect --replay tells what cannot be read, and that without a stack", async () => {
  const [folder, absent, broken] = await Promise.all([
    collect(["--replay=/"]),
    collect(["--replay=/no/such/file"]),
    collect(["--replay=-"], new TextEncoder().encode("{")),
  ]);
  assert.deepEqual(folder, { code: 1, stdout: "", stderr: "Error: Cannot read /: Is a directory\n" });
  assert.deepEqual(absent, {
    code: 1,
    stdout: "",
    stderr: "Error: Cannot read /no/such/file: No such file or directory\n",
  });
  assert.deepEqual(broken, { code: 1, stdout: "", stderr: "Error: Cannot run standard input, line 1: not JSON: {\n" });
});

Deno.test("collect --replay gives nothing back for nothing", async () => {
  assert.deepEqual(await collect(["--replay=-"]), { code: 0, stdout: "", stderr: "" });
});

Deno.test("collect --local-test ends without a word when nobody reads any more", async () => {
  const child = collecting(["--local-test"]);
  const reader = child.stdout.getReader();
  await reader.read();
  await reader.cancel();
  await child.stdin.close();
  const [{ code }, stderr] = await Promise.all([child.status, new Response(child.stderr).text()]);
  assert.deepEqual([code, stderr], [0, ""]);
});

Deno.test("collect --print-config prints the settings", async () => {
  const { code, stdout } = await collect(["--print-config", "--intake-host=x"]);
  assert.equal(code, 0);
  assert.deepEqual(Object.entries(JSON.parse(stdout)).slice(0, 3), [["sink", "reducer"], ["intakeHost", "x"], [
    "intakePort",
    8_000,
  ]]);
});

Deno.test("collect tells what is wrong with its settings, or that there is no API server", async () => {
  const [settings, nowhere] = await Promise.all([collect(["--intake-port=no"]), collect([])]);
  assert.deepEqual([settings.code, nowhere.code], [1, 1]);
  assert.match(settings.stderr, /^Error: Cannot use --intake-port: .*\n$/);
  assert.match(nowhere.stderr, /^Error: unable to infer k8s config: .*\n$/);
});

Deno.test("a collector that is told to stop is not ready while its work ends", async () => {
  const readiness = new Readiness({ work: "collect" });
  const stop = new AbortController();
  const ended = Promise.withResolvers<void>();
  readiness.begin();
  readiness.noteReached();
  assert.deepEqual(await readiness.missing(), []);
  const drained = drainOf({ readiness, stop, ended: ended.promise })();
  assert.ok(stop.signal.aborted);
  assert.deepEqual(await readiness.missing(), ["is shutting down"]);
  ended.resolve();
  await drained;
});
