import assert from "#assert";
import { accepted, limitedDecoder, RequestSizeError } from "./request_limits.ts";

/** What becomes of a message: it is decoded, or refused with this text. */
function outcome(bytes: readonly number[], limits: { maxBytes?: number; maxFields?: number } = {}): string {
  let isDecoded = false;
  const decode = limitedDecoder(() => isDecoded = true, { maxBytes: 1_000, maxFields: 2, ...limits });
  try {
    accepted(decode(Uint8Array.from(bytes)));
    assert.ok(isDecoded);
    return "decoded";
  } catch (error) {
    if (!(error instanceof RequestSizeError)) throw error;
    assert.ok(!isDecoded, "decoded, and then refused");
    return error.message;
  }
}

const TOO_MANY = "Cannot take the request: more than the 2 fields that are allowed";

Deno.test("limitedDecoder() refuses a message by its length, without decoding it", () => {
  assert.equal(outcome([0x0a, 1, 0x61], { maxBytes: 3 }), "decoded");
  assert.equal(outcome([0x0a, 1, 0x61], { maxBytes: 2 }), "Cannot take the request: 3 bytes, at most 2 are allowed");
});

Deno.test("limitedDecoder() counts fields of every wire type, and what is within a text is none", () => {
  const fields = {
    varint: [0x08, 0x80, 0x80, 0x01],
    "64 bits": [0x09, 1, 2, 3, 4, 5, 6, 7, 8],
    text: [0x0a, 0x81, 0x00, 0x0a],
    "empty text": [0x0a, 0],
    "32 bits": [0x0d, 1, 2, 3, 4],
    "a field of a large number": [0xfa, 0xff, 0x01, 1, 0x61],
  };
  for (const [what, field] of Object.entries(fields)) {
    assert.equal(outcome([...field, ...field]), "decoded", what);
    assert.equal(outcome([...field, ...field, ...field]), TOO_MANY, what);
  }
  assert.equal(outcome([0x0a, 6, 0x0a, 0, 0x0a, 0, 0x0a, 0]), "decoded");
  assert.equal(outcome([0x0b, 0x0b, 0x0b, 0x0c, 0x0c, 0x0c]), TOO_MANY, "groups");
});

Deno.test("limitedDecoder() leaves what is not well-formed to the decoder", () => {
  for (const bytes of [[0x0a], [0x0a, 5, 1], [0x0a, 0xff, 0xff], [0xff, 0xff, 0xff], [0x0f], []]) {
    assert.equal(outcome(bytes), "decoded", bytes.join());
  }
});
