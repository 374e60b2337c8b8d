import assert from "#assert";
import { dockerJson } from "./docker_json.ts";
import { emptyHead } from "./line_head.ts";

const encoder = new TextEncoder();
const TIME = "2024-10-01T05:40:46.960135302Z";

function read(
  line: string | Uint8Array,
): { message: string; part: "last" | "more"; seconds: number; nanos: number } | undefined {
  const text = typeof line === "string" ? encoder.encode(line) : line;
  const bytes = new Uint8Array(text.length + 8).fill(0x7d);
  bytes.set(text, 4);
  const head = emptyHead();
  if (!dockerJson.read(bytes, 4, 4 + text.length, head)) return undefined;
  return {
    message: new TextDecoder("utf-8", { ignoreBOM: true }).decode(
      head.text?.subarray(head.messageStart, head.messageEnd),
    ),
    part: head.final ? "last" : "more",
    seconds: head.seconds,
    nanos: head.nanos,
  };
}

const line = (log: string, time = TIME): string => JSON.stringify({ log, stream: "stdout", time });

Deno.test("dockerJson.read() tells time and message, and takes the line feed for the message's end", () => {
  assert.deepEqual(read(line("hello world\n")), {
    message: "hello world",
    part: "last",
    seconds: 1_727_761_246,
    nanos: 960_135_302,
  });
  assert.equal(read(line("a part"))?.part, "more");
  assert.equal(read(line("two\n\n"))?.message, "two\n");
  assert.deepEqual([read(line("\n"))?.message, read(line("\n"))?.part], ["", "last"]);
  assert.deepEqual([read(line(""))?.message, read(line(""))?.part], ["", "more"]);
});

Deno.test("dockerJson.read() decodes every escape", () => {
  const message = 'quote " backslash \\ slash / tab \t ünï ☃ 😀 \u2028 \u0000 \ufeff end';
  assert.equal(read(line(`${message}\n`))?.message, message);
  assert.equal(read(`{"log":"\\u003c\\ud83d\\ude00\\/\\n","stream":"stdout","time":"${TIME}"}`)?.message, "<😀/");
});

Deno.test("dockerJson.read() takes keys in any order, others between them and blanks around", () => {
  assert.equal(read(`  {"time":"${TIME}","attrs":{"tag":"x"},"log":"a\\n"}\r`)?.message, "a");
});

Deno.test("dockerJson.read() takes a time that cannot be read for 1970", () => {
  const got = read(line("a\n", "no time"));
  assert.deepEqual([got?.message, got?.seconds, got?.nanos], ["a", 0, 0]);
});

Deno.test("dockerJson.read() repairs what is no UTF-8 and half a surrogate pair", () => {
  const bytes = encoder.encode(line("a?b\n"));
  bytes[bytes.indexOf(0x3f)] = 0xff;
  assert.equal(read(bytes)?.message, "a\ufffdb");
  assert.equal(read(`{"log":"a\\ud800b\\n","time":"${TIME}"}`)?.message, "a\ufffdb");
});

Deno.test("dockerJson.read() refuses lines that are no such object", () => {
  for (
    const text of [
      "",
      " ",
      "{",
      "{}",
      "null",
      "[]",
      `{"log":"cut off`,
      `{"log":1,"time":"${TIME}"}`,
      `{"log":"a\\n"}`,
      `{"time":"${TIME}"}`,
      `{"log":"a\\n","time":1}`,
      `${line("a\n")}junk`,
      `${TIME} stdout F {"log":"a\\n"}`,
    ]
  ) assert.equal(read(text), undefined, text);
});
