import assert from "#assert";
import { cri } from "./cri.ts";
import { emptyHead } from "./line_head.ts";

const encoder = new TextEncoder();
const TIME = "2024-10-01T05:40:46.960135302Z";

/** What the line says, with other bytes around it that must not count. */
function read(line: string): { message: string; tag: "F" | "P"; seconds: number; nanos: number } | undefined {
  const text = encoder.encode(line);
  const bytes = new Uint8Array(text.length + 8).fill(0x46);
  bytes.set(text, 4);
  const head = emptyHead();
  if (!cri.read(bytes, 4, 4 + text.length, head)) return undefined;
  assert.equal(head.text, undefined);
  assert.ok(head.messageStart <= head.messageEnd);
  return {
    message: new TextDecoder().decode(bytes.subarray(head.messageStart, head.messageEnd)),
    tag: head.final ? "F" : "P",
    seconds: head.seconds,
    nanos: head.nanos,
  };
}

Deno.test("cri.read() tells time, tag and message", () => {
  assert.deepEqual(read(`${TIME} stdout F hello world`), {
    message: "hello world",
    tag: "F",
    seconds: 1_727_761_246,
    nanos: 960_135_302,
  });
  assert.equal(read(`${TIME} stderr P hello`)?.tag, "P");
});

Deno.test("cri.read() leaves the message as it is: blanks at both ends, tabs, NUL, a carriage return", () => {
  for (const message of ["  a ", "\t", "a\0b", "a\r", "stdout F inner", `${TIME} stdout F again`]) {
    assert.equal(read(`${TIME} stdout F ${message}`)?.message, message);
  }
});

Deno.test("cri.read() takes an empty message, with or without the blank before it", () => {
  assert.equal(read(`${TIME} stdout F `)?.message, "");
  assert.equal(read(`${TIME} stdout F`)?.message, "");
  assert.equal(read(`${TIME} stdout P`)?.tag, "P");
});

Deno.test("cri.read() takes what follows the time by its place, so that more tags and other streams are records", () => {
  assert.deepEqual(read(`${TIME} stdout P:A:B text`)?.message, "A:B text");
  assert.equal(read(`${TIME} stdout P:A:B text`)?.tag, "P");
  assert.equal(read(`${TIME} stdout F:x text`)?.tag, "F");
  assert.equal(read(`${TIME} stdlog F text`)?.message, "text");
  assert.equal(read(`${TIME} stdout X text`)?.tag, "P");
});

Deno.test("cri.read() refuses lines without a time or too short for a tag", () => {
  for (
    const line of [
      "",
      " ",
      TIME,
      `${TIME} `,
      `${TIME} stdout `,
      `${TIME} stdou F`,
      "stdout F no time",
      "2024-02-30T00:00:00Z stdout F no such day",
      "\0\0\0\0",
      ` ${TIME} stdout F a blank first`,
      `${TIME}\tstdout F a tab`,
      '{"log":"a\\n","stream":"stdout","time":"2024-10-01T05:40:46Z"}',
      "x".repeat(100_000),
    ]
  ) assert.equal(read(line), undefined, JSON.stringify(line.slice(0, 60)));
});

Deno.test("cri.read() does not look for the blank behind the line, nor read a time across its end", () => {
  const bytes = encoder.encode(`${TIME} stdout F a`);
  for (let end = 0; end < `${TIME} stdout F`.length; end++) {
    assert.ok(!cri.read(bytes, 0, end, emptyHead()), `${end} bytes`);
  }
});
