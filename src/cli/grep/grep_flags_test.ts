import assert from "#assert";
import { GREP_HELP, type GrepCommand, parseGrep } from "./grep_flags.ts";
import {
  parseStreamBackward,
  parseStreamForward,
  STREAM_BACKWARD_HELP,
  STREAM_FORWARD_HELP,
} from "../stream/stream_flags.ts";

const now = (): number => 1_000_000_000_000;
const PLAIN: GrepCommand = {
  kind: "grep",
  pattern: "x",
  files: ["-"],
  since: undefined,
  until: undefined,
  head: undefined,
  tail: undefined,
  show: "text",
  invert: false,
  ignoreCase: false,
  explain: false,
  color: "auto",
};

for (
  const [words, expected] of [
    [["x"], {}],
    [["x", "a", "-", "b"], { files: ["a", "-", "b"] }],
    [["-i", "x", "-v", "a"], { ignoreCase: true, invert: true, files: ["a"] }],
    [["-iv", "x"], { ignoreCase: true, invert: true }],
    [["--ignore-case", "--invert-match", "x"], { ignoreCase: true, invert: true }],
    [["--", "-x", "-a"], { pattern: "-x", files: ["-a"] }],
    [["", "a"], { pattern: "", files: ["a"] }],
    [["--since=1s", "--until", "1970-01-01T00:00:01Z", "x"], {
      since: { seconds: 999_999_999, nanos: 0 },
      until: { seconds: 1, nanos: 0 },
    }],
    [["--head=3", "x"], { head: 3 }],
    [["x", "--tail", "12"], { tail: 12 }],
    [["-c", "x"], { show: "count" }],
    [["--json", "x"], { show: "json" }],
    [["--json", "--count", "x"], { show: "count as json" }],
    [["--color=always", "x"], { color: "always" }],
    [["--color", "never", "x"], { color: "never" }],
    [["--explain", "x"], { explain: true }],
  ] satisfies [string[], Partial<GrepCommand>][]
) {
  Deno.test(`parseGrep() reads ${words.join(" ")}`, () => {
    assert.deepEqual(parseGrep(words, { now }), { ...PLAIN, ...expected });
  });
}

for (
  const [read, words, message] of [
    [parseGrep, [], "<PATTERN> is missing"],
    [parseGrep, ["x", "--nope"], "--nope"],
    [parseGrep, ["x", "--head=0"], 'Cannot use --head: wanted a whole number from 1 on, got "0"'],
    [parseGrep, ["x", "--tail=1.5"], 'Cannot use --tail: wanted a whole number from 1 on, got "1.5"'],
    [parseGrep, ["x", "--tail="], 'Cannot use --tail: wanted a whole number from 1 on, got ""'],
    [parseGrep, ["x", "--head=1", "--tail=1"], "--head and --tail exclude each other"],
    [parseGrep, ["x", "--head=1", "--head=2"], "--head can be given only once"],
    [parseGrep, ["x", "--since=soon"], "Cannot use --since"],
    [parseGrep, ["x", "--until=soon"], "Cannot use --until"],
    [parseGrep, ["x", "--color=blue"], 'Cannot use --color: wanted auto, always or never, got "blue"'],
    [parseGrep, ["x", "--since"], "argument missing"],
    [parseStreamForward, [], "<FILE> is missing"],
    [parseStreamForward, ["a", "b"], 'Cannot take more than one file: "b"'],
    [parseStreamForward, ["a", "--follow-from=start"], "wanted noop, default or end"],
    [parseStreamForward, ["a", "--start-time=soon"], "Cannot use --start-time"],
    [parseStreamForward, ["a", "-g", "x", "-g", "y"], "--grep can be given only once"],
    [parseStreamBackward, ["a", "--follow-from=noop"], "--follow-from"],
    [parseStreamBackward, ["a", "--stop-time=soon"], "Cannot use --stop-time"],
  ] as const
) {
  Deno.test(`${read.name}() refuses ${JSON.stringify(words)}`, () => {
    const command = read(words);
    const said = command.kind === "usage-error" ? command.message : "";
    assert(said.includes(message), `${command.kind} ${said}`);
    assert(!said.includes("\n"));
  });
}

Deno.test("parseStreamForward() and parseStreamBackward() read the flags of the original's tool", () => {
  const words = ["-g", "a b", "--start-time=1970-01-01T00:00:01Z", "--stop-time", "1970-01-01T00:00:02.5Z", "/x"];
  const expected = {
    kind: "stream",
    file: "/x",
    grep: "a b",
    startTime: { seconds: 1, nanos: 0 },
    stopTime: { seconds: 2, nanos: 500_000_000 },
    followFrom: "noop",
  };
  assert.deepEqual(parseStreamBackward(words), { ...expected, direction: "backward" });
  assert.deepEqual(parseStreamForward(words), { ...expected, direction: "forward" });
  for (const followFrom of ["noop", "default", "end"]) {
    const command = parseStreamForward([...words, `--follow-from=${followFrom}`]);
    assert.deepEqual(command, { ...expected, direction: "forward", followFrom });
  }
});

for (
  const [read, help] of [
    [parseGrep, GREP_HELP],
    [parseStreamForward, STREAM_FORWARD_HELP],
    [parseStreamBackward, STREAM_BACKWARD_HELP],
  ] as const
) {
  Deno.test(`${read.name}() prints a help that tells of every flag it takes, and of no other`, () => {
    assert.deepEqual(read(["--help"]), { kind: "help", text: help });
    assert.deepEqual(read(["-h"]), { kind: "help", text: help });
    const told = [...help.matchAll(/^ {2}(?:(-\w), | {4})(--[\w-]+)/gm)].flatMap(([, short, long]) =>
      short === undefined ? [long ?? ""] : [short, long ?? ""]
    );
    assert(told.length >= 5);
    for (const flag of told) {
      const command = read([flag, "x", "x"]);
      assert(command.kind !== "usage-error" || !command.message.includes("Unknown option"), flag);
    }
    const words = ["ignore-case", "invert-match", "since", "until", "head", "tail", "count", "json", "color", "explain"]
      .concat("grep", "start-time", "stop-time", "follow-from", "help").map((word) => `--${word}`);
    for (const flag of words) {
      const command = read([`${flag}`, "x", "x"]);
      const isKnown = command.kind !== "usage-error" || !command.message.includes("Unknown option");
      assert.equal(told.includes(flag), isKnown, flag);
    }
    for (const line of help.split("\n")) assert(line.length <= 105, line);
  });
}
