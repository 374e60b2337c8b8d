import assert from "#assert";
import {
  count,
  duration,
  flag,
  folder,
  folders,
  format,
  interval,
  type Kind,
  level,
  memory,
  names,
  oneOf,
  path,
  positiveDuration,
} from "./kinds.ts";

interface Case {
  readonly name: string;
  readonly kind: Kind<unknown>;
  /** Raw value and what it becomes. */
  readonly accepted: readonly (readonly [unknown, unknown])[];
  readonly refused: readonly unknown[];
}

const CASES: readonly Case[] = [
  {
    name: "path",
    kind: path,
    accepted: [["/a", "/a"], ["a b", "a b"]],
    refused: ["", 5, true, null, [], {}, "a\0b"],
  },
  {
    name: "names",
    kind: names,
    accepted: [[[], []], [["a"], ["a"]], [["a", "b"], ["a", "b"]]],
    refused: ["a", "", null, [""], [5], ["a", null], {}, [["a"]]],
  },
  {
    name: "folder",
    kind: folder,
    accepted: [["/a", "/a"], ["/", "/"]],
    refused: ["", "a", "./a", "~/a", " /a", 5, null, ["/a"], "/a\0b"],
  },
  {
    name: "folders",
    kind: folders,
    accepted: [[["/a"], ["/a"]], [["/a", "/b"], ["/a", "/b"]]],
    refused: [[], "/a", [""], null, ["a"], ["/a", "b"], ["/a", ""]],
  },
  {
    name: "flag",
    kind: flag,
    accepted: [
      [true, true],
      ["Yes", true],
      ["on", true],
      [1, true],
      [false, false],
      ["FALSE", false],
      ["0", false],
    ],
    refused: ["", "maybe", 2, null, [true], {}, Object.create(null)],
  },
  {
    name: "level",
    kind: level,
    accepted: [
      ["error", "error"],
      ["WARN", "warn"],
      ["Info", "info"],
      ["trace", "trace"],
      [1, "error"],
      ["2", "warn"],
      [5, "trace"],
    ],
    refused: ["disabled", "", "off", 0, 6, 1.5, "warning", null, true, [
      "info",
    ]],
  },
  {
    name: "format",
    kind: format,
    accepted: [["pretty", "pretty"], ["json", "json"], ["text", "json"], [
      "",
      "json",
    ], ["PRETTY", "json"]],
    refused: [null, {}, ["pretty"]],
  },
  {
    name: "positiveDuration",
    kind: positiveDuration,
    accepted: [[1, 1_000], ["500ms", 500], ["60m", 3_600_000]],
    refused: [0, "0", "0ms", "0.0001", "61m", -1, "", null],
  },
  {
    name: "duration",
    kind: duration,
    accepted: [
      [10, 10_000],
      ["10", 10_000],
      [0, 0],
      [0.5, 500],
      ["1.5s", 1_500],
      ["500ms", 500],
      ["2m", 120_000],
      ["60m", 3_600_000],
    ],
    refused: [
      -1,
      "-1s",
      "",
      "s",
      "1h",
      "61m",
      3601,
      NaN,
      Infinity,
      1e21,
      null,
      true,
      "10 s",
      [10],
    ],
  },
  {
    name: "interval",
    kind: interval,
    accepted: [[10, 10_000], ["10s", 10_000], ["2m", 120_000], [3_600, 3_600_000]],
    refused: [0, "0", "0s", "10ms", 9.999, "9s", 3_601, "", null, -10],
  },
  {
    name: "count",
    kind: count,
    accepted: [[1, 1], ["4096", 4_096], [1_000_000, 1_000_000]],
    refused: [0, "0", -1, 1.5, "1.5", "1e3", "0x10", " 1", "", 1_000_001, true, null, [1]],
  },
  {
    name: "memory",
    kind: memory,
    accepted: [[1_048_576, 1_048_576], ["1024Ki", 1_048_576], ["32Mi", 33_554_432], ["1Gi", 1_073_741_824]],
    refused: [0, 1_048_575, "1023Ki", "1025Mi", "2Gi", "32M", "32 Mi", "1.5Mi", "-1Mi", "", null, true, "99999999999"],
  },
  {
    name: "oneOf",
    kind: oneOf("a", "b"),
    accepted: [["a", "a"], ["b", "b"]],
    refused: ["A", "c", "", null, ["a"]],
  },
];

for (const { name, kind, accepted, refused } of CASES) {
  for (const [raw, value] of accepted) {
    Deno.test(`${name} takes ${JSON.stringify(raw)} for ${JSON.stringify(value)}`, () => {
      assert.deepEqual(kind.parse(raw), value);
    });
  }
  Deno.test(`${name} refuses what is not ${kind.allowed}`, () => {
    for (const raw of refused) {
      assert.equal(kind.parse(raw), undefined, JSON.stringify(raw));
    }
  });
}

Deno.test("names and folders are divided by commas in a text, and a text of nothing is no list", () => {
  for (const kind of [names, folders]) {
    assert.deepEqual(kind.fromText?.("/a, /b,/c"), ["/a", "/b", "/c"]);
    for (const text of ["", " ", "/a,,/b", ",", "/a,"]) {
      assert.equal(kind.parse(kind.fromText?.(text)), undefined, text);
    }
  }
});
