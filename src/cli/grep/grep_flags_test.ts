import assert from "#assert";
import { helpText, shortHelpText } from "../options/help_text.ts";
import { parseStreamBackward, parseStreamForward } from "../stream/stream_flags.ts";
import { type GrepCommand, PLAIN_GREP } from "./grep_command.ts";
import { parseGrep } from "./grep_flags.ts";

const now = (): number => 1_000_000_000_000;
const PLAIN: GrepCommand = { ...PLAIN_GREP, patterns: ["x"] };

for (
  const [words, expected] of [
    [["x"], {}],
    [["x", "a", "-", "b"], { files: ["a", "-", "b"] }],
    [["-i", "x", "-v", "a"], { letterCase: "ignored", invert: true, files: ["a"] }],
    [["-iv", "x"], { letterCase: "ignored", invert: true }],
    [["--ignore-case", "--invert-match", "x"], { letterCase: "ignored", invert: true }],
    [["--", "-x", "-a"], { patterns: ["-x"], files: ["-a"] }],
    [["", "a"], { patterns: [""], files: ["a"] }],
    [["--since=1970-01-01T00:00:01Z", "--until", "1s", "x"], {
      since: { seconds: 1, nanos: 0 },
      until: { seconds: 999_999_999, nanos: 0 },
    }],
    [["--start-time=1970-01-01T00:00:01Z", "--stop-time=1s", "x"], {
      since: { seconds: 1, nanos: 0 },
      until: { seconds: 999_999_999, nanos: 0 },
    }],
    [["-g", "x", "a"], { files: ["a"] }],
    [["a", "--grep=x"], { files: ["a"] }],
    [["-g", "-x"], { patterns: ["-x"] }],
    [["-h", "x"], { fileNames: "never" }],
    [["-H", "x"], { fileNames: "always" }],
    [["-Hh", "x"], { fileNames: "never" }],
    [["-h", "x", "--with-filename"], { fileNames: "always" }],
    [["--head=3", "x"], { head: 3 }],
    [["x", "--tail", "12"], { tail: 12 }],
    [["-c", "x"], { show: "count" }],
    [["--json", "x"], { json: true }],
    [["--json", "--count", "x"], { show: "count", json: true }],
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
    [parseGrep, ["x", "--nope"], "Unknown option '--nope'"],
    [parseGrep, ["x", "--max-cuont=1"], "Unknown option '--max-cuont'"],
    [parseGrep, ["x", "--ignore"], "Unknown option '--ignore'; did you mean --ignore-case?"],
    [parseGrep, ["x", "--unitl=1s"], "Unknown option '--unitl'; did you mean --until?"],
    [parseGrep, ["x", "--since=1m", "--until=2m"], 'Cannot use --until "2m": it is before --since "1m"'],
    [parseGrep, ["x", "--start-time=soon"], "Cannot use --start-time"],
    [parseGrep, ["-Q", "x"], "Unknown option '-Q'"],
    [
      parseStreamForward,
      ["a", "--since=1m", "--stop-time=2m"],
      'Cannot use --stop-time "2m": it is before --since "1m"',
    ],
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
    history: true,
  };
  assert.deepEqual(parseStreamBackward(words), { ...expected, direction: "backward" });
  assert.deepEqual(parseStreamForward(words), { ...expected, direction: "forward" });
  for (const followFrom of ["noop", "default", "end"]) {
    const command = parseStreamForward([...words, `--follow-from=${followFrom}`]);
    assert.deepEqual(command, { ...expected, direction: "forward", followFrom });
  }
});

Deno.test("parseStreamForward() and parseStreamBackward() take the words of grep, too", () => {
  for (const read of [parseStreamBackward, parseStreamForward]) {
    const command = read(["--since=1970-01-01T00:00:01Z", "--until", "1970-01-01T00:00:02.5Z", "/x"]);
    if (command.kind !== "stream") throw new TypeError(`Cannot read: ${JSON.stringify(command)}`);
    assert.deepEqual(command.startTime, { seconds: 1, nanos: 0 });
    assert.deepEqual(command.stopTime, { seconds: 2, nanos: 500_000_000 });
  }
});

Deno.test("parseGrep() takes -h without a pattern for a request for a short help", () => {
  for (const words of [["-h"], ["-ih"]]) {
    assert.deepEqual(parseGrep(words), { kind: "help", text: shortHelpText("grep") });
  }
  assert.deepEqual(parseGrep(["--help"]), { kind: "help", text: helpText("grep") });
  assert.deepEqual(parseGrep(["-h", "--help", "x"]), { kind: "help", text: helpText("grep") });
  assert.deepEqual(parseGrep(["-V"]), { kind: "version" });
  assert.deepEqual(parseStreamForward(["-h"]), { kind: "help", text: helpText("stream-forward") });
  assert.deepEqual(parseStreamBackward(["-h"]), { kind: "help", text: helpText("stream-backward") });
});
