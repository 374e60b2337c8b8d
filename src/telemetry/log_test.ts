import assert from "#assert";
import { createLogger, type Logger, type LoggerOptions, shownText, silentLogger } from "./log.ts";

const AT = Date.UTC(2026, 0, 2, 3, 4, 5, 6);

function capture(
  options: Partial<LoggerOptions> = {},
): { logger: Logger; lines: string[] } {
  const lines: string[] = [];
  const logger = createLogger({
    write: (line) => lines.push(line),
    now: () => AT,
    ...options,
  });
  return { logger, lines };
}

function sayAll(logger: Logger): void {
  for (const level of ["error", "warn", "info", "debug", "trace"] as const) {
    logger[level](level);
  }
}

Deno.test("createLogger writes one JSON object per line, in the shape that log collectors know", () => {
  const { logger, lines } = capture();
  logger.info("Starting cluster-agent on [::]:50051");
  logger.warn("Skipped", { path: "/a\nb", count: 2, again: false });
  assert.equal(
    lines.join(""),
    '{"timestamp":"2026-01-02T03:04:05.006Z","level":"INFO","fields":{"message":"Starting cluster-agent on [::]:50051"},"target":"cluster_agent"}\n' +
      '{"timestamp":"2026-01-02T03:04:05.006Z","level":"WARN","fields":{"message":"Skipped","path":"/a\\nb","count":2,"again":false},"target":"cluster_agent"}\n',
  );
});

Deno.test("createLogger keeps the message when a field has its name", () => {
  const { logger, lines } = capture();
  logger.error("kept", { message: "other" });
  assert.deepEqual(JSON.parse(lines.join("")).fields, { message: "kept" });
});

Deno.test("createLogger writes one line for people", () => {
  const { logger, lines } = capture({ format: "pretty" });
  logger.info("Ready", {
    addr: "[::]:1",
    note: "two words",
    empty: "",
    n: 1.5,
    q: 'a"b',
    eq: "a=b",
  });
  logger.error("bad\r\nINFO forged \u001b[2J\u2028");
  assert.deepEqual(lines, [
    '2026-01-02T03:04:05.006Z  INFO Ready addr=[::]:1 note="two words" empty="" n=1.5 q="a\\"b" eq="a=b"\n',
    "2026-01-02T03:04:05.006Z ERROR bad\\u000d\\u000aINFO forged \\u001b[2J\\u2028\n",
  ]);
});

Deno.test("createLogger lets no field forge a line for people", () => {
  const { logger, lines } = capture({ format: "pretty" });
  logger.info("x", { "a\nb": "c\nd e\u001b\u009b", f: "\u001b[1m" });
  assert.deepEqual(lines, [
    '2026-01-02T03:04:05.006Z  INFO x a\\u000ab="c\\nd e\\u001b\\u009b" f=\\u001b[1m\n',
  ]);
});

for (
  const [level, written] of [
    ["error", 1],
    ["warn", 2],
    ["info", 3],
    ["debug", 4],
    ["trace", 5],
  ] as const
) {
  Deno.test(`createLogger at ${level} writes the ${written} most serious levels`, () => {
    const { logger, lines } = capture({ level });
    sayAll(logger);
    assert.deepEqual(
      lines.map((line) => JSON.parse(line).level),
      ["ERROR", "WARN", "INFO", "DEBUG", "TRACE"].slice(0, written),
    );
  });
}

Deno.test("createLogger writes nothing when it is not enabled", () => {
  const { logger, lines } = capture({ enabled: false, level: "trace" });
  sayAll(logger);
  assert.deepEqual(lines, []);
});

Deno.test("silentLogger takes every level", () => {
  sayAll(silentLogger);
});

for (const format of ["json", "pretty"] as const) {
  Deno.test(`createLogger writes one ${format} line of what a terminal would obey, and nothing of that`, () => {
    const { logger, lines } = capture({ format });
    logger.warn("x", { user: "\u001b[2J\u009b31m\r\n\u2028\u202e\u2066eve\u007f" });
    const [line = ""] = lines;
    assert.equal(lines.length, 1);
    assert.match(line, /^[ -~]+\n$/);
    if (format === "json") {
      assert.equal(JSON.parse(line).fields.user, "\u001b[2J\u009b31m\r\n\u2028\u202e\u2066eve\u007f");
    }
  });
}

Deno.test("shownText gives the beginning of a text, and tells that there is more", () => {
  assert.equal(shownText("x".repeat(256)), "x".repeat(256));
  assert.equal(shownText("x".repeat(257)), `${"x".repeat(256)}…`);
  assert.equal(shownText("abc", 2), "ab…");
});
