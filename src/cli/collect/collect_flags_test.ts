import assert from "#assert";
import { COLLECT_HELP, type CollectCommand, parseCollect } from "./collect_flags.ts";

const nothing: CollectCommand = {
  kind: "collect",
  mode: "run",
  sink: undefined,
  intakeHost: undefined,
  intakePort: undefined,
  serverAddress: undefined,
  deleteTtlSecs: undefined,
  deleteCapacity: undefined,
  logLevel: undefined,
  metricsAddr: undefined,
  localTest: false,
  traces: "",
  parity: false,
};

for (
  const [words, said] of [
    [[], {}],
    [["--sink=grpc", "--server-address", "relay:1"], { sink: "grpc", serverAddress: "relay:1" }],
    [["--intake-host", "h", "--intake-port=7"], { intakeHost: "h", intakePort: "7" }],
    [["--delete-ttl-secs=1", "--delete-capacity=2"], { deleteTtlSecs: "1", deleteCapacity: "2" }],
    [["--local-test", "--log-level=debug"], { localTest: true, logLevel: "debug" }],
    [["--metrics-addr=:9464"], { metricsAddr: ":9464" }],
    [["--print-config"], { mode: "print-config" }],
    [["--replay", "-", "--parity"], { mode: "replay", traces: "-", parity: true }],
  ] satisfies [string[], Partial<CollectCommand>][]
) {
  Deno.test(`parseCollect reads ${words.join(" ") || "nothing"}`, () => {
    assert.deepEqual(parseCollect(words), { ...nothing, ...said });
  });
}

for (
  const [words, message] of [
    [["--sink=kafka"], 'Cannot use --sink: wanted jsonl, reducer, grpc, got "kafka"'],
    [["pods"], 'Cannot take "pods": collect has only options'],
    [["--print-config", "--replay=x"], "Cannot do both: --replay and --print-config"],
    [["--parity"], "--parity is only for --replay"],
    [["--intake-port=1", "--intake-port=2"], "--intake-port can be given only once"],
    [["--nope"], "Unknown option '--nope'"],
  ] satisfies [string[], string][]
) {
  Deno.test(`parseCollect refuses ${words.join(" ")}`, () => {
    const command = parseCollect(words);
    assert(command.kind === "usage-error" && command.message.startsWith(message), JSON.stringify(command));
  });
}

Deno.test("COLLECT_HELP tells every flag that parseCollect takes", () => {
  const told = [...COLLECT_HELP.matchAll(/^ {2}(--[\w-]+)( <\w+>)?/gm)];
  assert.equal(told.length, 14);
  for (const [, name = "", value] of told) {
    const command = parseCollect([
      value === undefined ? name : `${name}=jsonl`,
      ...name === "--parity" ? ["--replay=x"] : [],
    ]);
    assert.notEqual(command.kind, "usage-error", name);
  }
  assert.deepEqual(parseCollect(["--help"]), { kind: "help", text: COLLECT_HELP });
});
