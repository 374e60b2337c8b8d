import assert from "#assert";
import { DIGIT, HEX } from "./_application_bodies.ts";
import { APPLICATION_LINE_BYTES, LINE_BYTES, type LogFormat, logLines, type LogLinesOptions } from "./log_lines.ts";

function bytesOf(format: LogFormat, options: Omit<LogLinesOptions, "format">): Uint8Array {
  const blocks = [...logLines({ format, ...options }).map((block) => block.slice())];
  return new Uint8Array(blocks.flatMap((block) => [...block]));
}

interface Read {
  readonly time: string;
  readonly stream: string;
  readonly final: boolean;
  readonly message: string;
}

function readCri(line: string): Read {
  const [, time = "", stream = "", tag = "", message = ""] = /^(\S+) (stdout|stderr) ([FP]) (.+)$/.exec(line) ?? [];
  return { time, stream, final: tag === "F", message };
}

function readDocker(line: string): Read {
  const { log, stream, time } = JSON.parse(line);
  return { time, stream, final: log.endsWith("\n"), message: log.replace(/\n$/, "") };
}

function linesOf(bytes: Uint8Array): string[] {
  const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  assert(text.endsWith("\n"));
  return text.slice(0, -1).split("\n");
}

Deno.test("logLines gives the same records in both formats, cut ones among them", () => {
  const lines = 20_000;
  const cri = linesOf(bytesOf("cri", { lines })).map(readCri);
  assert.deepEqual(linesOf(bytesOf("docker", { lines })).map(readDocker), cri);
  assert.equal(cri.length, lines);
  assert(cri.every(({ message }) => /\S id=\d{9}$/.test(message)));
  assert(cri.some(({ final }) => !final));
  assert.deepEqual([...new Set(cri.map(({ stream }) => stream))].sort(), ["stderr", "stdout"]);
});

Deno.test("logLines gives times as RFC 3339 with nanoseconds, without trailing zeros, that never step back", () => {
  const times = linesOf(bytesOf("cri", { lines: 20_000 })).map((line) => readCri(line).time);
  for (const time of times) assert.match(time, /^2024-03-04T\d\d:\d\d:\d\d(\.\d{0,8}[1-9])?Z$/);
  const padded = times.map((time) => time.slice(0, -1).padEnd(29, "0"));
  assert.deepEqual(padded, padded.toSorted());
  assert(times.some((time) => time.length < 30), "some have lost a zero");
});

Deno.test("logLines gives the same bytes for the same seed, and others for another", () => {
  const lines = 3_000;
  assert.deepEqual(bytesOf("cri", { lines }), bytesOf("cri", { lines, seed: 1 }));
  assert.notDeepEqual(bytesOf("cri", { lines }), bytesOf("cri", { lines, seed: 2 }));
});

Deno.test("logLines gives lines of the promised length on average", () => {
  const lines = 50_000;
  const average = [...logLines({ format: "cri", lines })].reduce((sum, { length }) => sum + length, 0) / lines;
  assert(Math.abs(average - LINE_BYTES) < 4, String(average));
});

Deno.test("logLines lets applications speak: the same records in both formats, JSON that can be read, traces in lines", () => {
  const lines = 20_000;
  const cri = linesOf(bytesOf("cri", { lines, speakers: "applications" })).map(readCri);
  assert.deepEqual(linesOf(bytesOf("docker", { lines, speakers: "applications" })).map(readDocker), cri);
  assert.equal(cri.length, lines);
  const messages = cri.map(({ message }) => message);
  assert(messages.every((message) => !message.includes(DIGIT) && !message.includes(HEX)));
  const objects = messages.filter((message) => message.startsWith("{")).map((message) => JSON.parse(message));
  assert(objects.length > lines / 3);
  const traces = objects.map((object) => object.trace_id).filter((id) => id !== undefined);
  assert(traces.length > lines / 10 && new Set(traces).size > traces.length * 0.99);
  for (const form of [/^10\.42\./, /^[IWE]1001 /, /^ts=/, /^\tat /, /^Caused by: /, /^\[2024-10-01T/]) {
    assert(messages.some((message) => form.test(message)), String(form));
  }
  assert(messages.some((message) => message.startsWith("\x1b[2m")), "coloured");
});

Deno.test("logLines gives lines of applications of the promised length on average", () => {
  const lines = 50_000;
  const blocks = logLines({ format: "cri", lines, speakers: "applications" });
  const average = [...blocks].reduce((sum, { length }) => sum + length, 0) / lines;
  assert(Math.abs(average - APPLICATION_LINE_BYTES) < 4, String(average));
});
