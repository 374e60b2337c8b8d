import assert from "#assert";
import { checkRandom } from "../../tests/support/property.ts";
import { cri } from "./cri.ts";
import { dockerJson } from "./docker_json.ts";
import { emptyHead, type LineFormat, type LineHead } from "./line_head.ts";
import { cutOffset, decodePiece, EDGE_BYTES, readLongHead } from "./long_message.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const TIME = "2024-10-01T05:40:46.960135302Z";

/** Reads a line as a long one: by its first and its last bytes only. */
function readLong(format: LineFormat, line: string): { head: LineHead; message: string } | undefined {
  const bytes = encoder.encode(line);
  const head = emptyHead();
  const edges = { first: bytes.slice(0, EDGE_BYTES), last: bytes.slice(-EDGE_BYTES), length: bytes.length };
  if (!readLongHead(format, edges, head)) return undefined;
  return { head, message: decoder.decode(bytes.subarray(head.messageStart, head.messageEnd)) };
}

const dockerLine = (log: string, more = ""): string =>
  `{"log":${JSON.stringify(log)},"stream":"stdout"${more},"time":"${TIME}"}`;

Deno.test("readLongHead() tells a CRI line from its beginning", () => {
  const text = "x".repeat(10_000);
  const got = readLong(cri, `${TIME} stdout P ${text}`);
  assert.equal(got?.message, text);
  assert.deepEqual([got?.head.final, got?.head.seconds, got?.head.nanos], [false, 1_727_761_246, 960_135_302]);
  assert.equal(readLong(cri, text), undefined);
});

Deno.test("readLongHead() tells a Docker line from both of its ends, the message still encoded", () => {
  const text = `${"x".repeat(10_000)} "quoted" \\`;
  for (const more of ["", ',"attrs":{"tag":"a","time":"no"}']) {
    const whole = readLong(dockerJson, dockerLine(`${text}\n`, more));
    assert.equal(JSON.parse(`"${whole?.message}"`), text);
    assert.deepEqual([whole?.head.final, whole?.head.seconds], [true, 1_727_761_246]);
    assert.equal(whole?.head.text, undefined);
  }
  for (const end of ["", "\\n", "n", "\\\\n"]) {
    const part = readLong(dockerJson, dockerLine(text + end));
    assert.ok(!part?.head.final, `a message that ends in ${end}`);
    assert.equal(JSON.parse(`"${part?.message}"`), text + end);
  }
});

Deno.test("readLongHead() takes Docker's time that cannot be read for 1970, and refuses lines of another form", () => {
  const text = "x".repeat(10_000);
  assert.equal(readLong(dockerJson, dockerLine(text).replace(TIME, "never"))?.head.seconds, 0);
  for (const line of [text, `{"log":"${text}`, `{"time":"${TIME}","log":"${text}"}`, `{"log":"${text}"}`]) {
    assert.equal(readLong(dockerJson, line), undefined);
  }
});

/** Room for what is decoded in these tests. */
const room = new Uint8Array(1 << 20);

Deno.test("decodePiece() gives CRI text as it is, Docker text decoded, and nothing for what is no text", () => {
  const raw = encoder.encode("a\\n");
  assert.equal(decodePiece(cri, raw, room), raw);
  assert.deepEqual(decodePiece(dockerJson, raw, room), encoder.encode("a\n"));
  assert.deepEqual(decodePiece(dockerJson, new Uint8Array(), room), new Uint8Array());
  const good = encoder.encode("x".repeat(100_000));
  for (const bad of ["a\\", 'a"b', "\\q"]) {
    const text = encoder.encode(bad);
    assert.equal(decodePiece(dockerJson, text, room), undefined, bad);
    assert.equal(decodePiece(dockerJson, Uint8Array.from([...good, ...text]), room), undefined, bad);
  }
});

Deno.test("decodePiece() decodes long text step by step, and gives the same as at once", () => {
  for (const token of ["x", "\\n", "\\\\", "☃", "\\ud83d\\ude00", '\\u2028😀\\\\\\"z']) {
    for (const shift of ["", "a", "ab"]) {
      const json = shift + token.repeat(Math.ceil(200_000 / token.length));
      const text = decodePiece(dockerJson, encoder.encode(json), room);
      assert.ok(decoder.decode(text) === JSON.parse(`"${json}"`), `${shift}${token}`);
    }
  }
});

Deno.test("decodePiece() has room for text that grows when it is repaired", () => {
  const raw = new Uint8Array(200_000).fill(0xff);
  for (const into of [room, new Uint8Array(200_000), new Uint8Array()]) {
    const text = decodePiece(dockerJson, raw, into);
    assert.ok(decoder.decode(text) === "\ufffd".repeat(200_000));
  }
});

/** The message in pieces of about `pieceBytes`, each decoded by itself. */
function inPieces(format: LineFormat, encoded: Uint8Array, pieceBytes: number): string[] {
  const pieces: string[] = [];
  for (let start = 0; start < encoded.length;) {
    const from = Math.max(0, start + pieceBytes - EDGE_BYTES);
    const at = Math.min(encoded.length, start + pieceBytes);
    const cut = at === encoded.length
      ? at
      : from + cutOffset(format, encoded.subarray(from, Math.min(encoded.length, at + 16)), at - from);
    assert.ok(cut > start && cut <= at, `cut at ${cut} of ${start} to ${at}`);
    const piece = decodePiece(format, encoded.subarray(start, cut), room);
    assert.ok(piece !== undefined, `${decoder.decode(encoded.subarray(start, cut))} is no text`);
    pieces.push(decoder.decode(piece));
    start = cut;
  }
  return pieces;
}

const TOKENS = ["x", "é", "☃", "😀", "\\n", "\\\\", '\\"', "\\u003c", "\\ud83d\\ude00", "\\\\ud83d", "\\u2028", "/"];

Deno.test("cutOffset() cuts between characters and between escapes, so that the pieces make up the message", async () => {
  await checkRandom((random) => {
    const tokens = random.oneIn(3) ? [random.pick(TOKENS)] : TOKENS;
    const text = Array.from({ length: 1 + random.int(60) }, () => random.pick(tokens)).join("");
    const pieceBytes = 13 + random.int(40);
    const about = `pieces of ${pieceBytes}: ${text}`;
    assert.equal(inPieces(dockerJson, encoder.encode(text), pieceBytes).join(""), JSON.parse(`"${text}"`), about);
    assert.equal(inPieces(cri, encoder.encode(text), pieceBytes).join(""), text, about);
  }, { runs: 3000 });
});

Deno.test("cutOffset() finds the escapes in text of nothing else, beyond what it looks back over", () => {
  for (const token of ["\\n", "\\u003c", "\\ud83d\\ude00", "😀"]) {
    const text = token.repeat(6000);
    for (const shift of ["", "a", "ab", "é"]) {
      const encoded = encoder.encode(shift + text);
      assert.equal(inPieces(dockerJson, encoded, 10_001).join(""), JSON.parse(`"${shift}${text}"`), token);
    }
  }
});
