/**
 * The command as a process, as a user starts it.
 *
 * @module
 */
import assert from "#assert";
import { recorded, recordedLines } from "../../../tests/collector/recorded.ts";
import { demo } from "./demo.ts";

const MAIN = new URL("../../../main.ts", import.meta.url).pathname;

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function collect(words: readonly string[], input: Uint8Array<ArrayBuffer> = new Uint8Array()): Promise<Ended> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-prompt", "--allow-read", "--allow-net", "--allow-env", MAIN, "collect", ...words],
    clearEnv: true,
    env: { HOSTNAME: "host", RUST_LOG: "warn" },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
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

Deno.test("collect --replay refuses what is no trace", async () => {
  const { code, stderr } = await collect(["--replay=-"], new TextEncoder().encode('{"stream":"nodes"}\n'));
  assert.equal(code, 1);
  assert.match(stderr, /Cannot read trace: a stream "nodes"/);
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
  assert.match(settings.stderr, /^Error: Cannot use EBPF_NET_INTAKE_PORT: .*\n$/);
  assert.match(nowhere.stderr, /^Error: unable to infer k8s config: .*\n$/);
});

Deno.test("demo comes to its end", async () => {
  let text = "";
  const code = await demo({ print: (more) => text += more, stepMs: 0 });
  assert.equal(code, 0, text);
  assert.match(text, /10\.0\.1\.8 +shop\/nightly-29384750-l5w9z +CronJob +nightly +shop\/report:2\n/);
  assert.match(text, /answered 410: too old resource version\n/);
});
