import assert from "#assert";
import fc from "fast-check";
import { checkProperty } from "../../tests/support/property.ts";
import { characterStart, isUtf8, repairedUtf8, trimmedEnd } from "./text.ts";

const encoder = new TextEncoder();

Deno.test("trimmedEnd() takes off exactly the code points of White_Space", () => {
  for (let point = 0; point < 0x11000; point++) {
    if (point >= 0xd800 && point <= 0xdfff) continue;
    const character = String.fromCodePoint(point);
    const bytes = encoder.encode(`a${character}${character}`);
    const wanted = /\p{White_Space}/u.test(character) ? 1 : bytes.length;
    assert.equal(trimmedEnd(bytes, 0, bytes.length), wanted, `U+${point.toString(16)}`);
  }
});

Deno.test("trimmedEnd() does not look before the start, nor cut a character in half", () => {
  const bytes = encoder.encode("   \u2003\u2003");
  assert.equal(trimmedEnd(bytes, 3, bytes.length), 3);
  assert.equal(trimmedEnd(bytes, 2, 2), 2);
  // The bytes before the range would make a space of the one within it.
  assert.equal(trimmedEnd(Uint8Array.of(0xe2, 0x80, 0x83), 1, 3), 3);
  assert.equal(trimmedEnd(Uint8Array.of(0xc2, 0xa0), 1, 2), 2);
});

Deno.test("trimmedEnd() takes off mixed spaces, and leaves ill-formed ends alone", () => {
  const spaces = encoder.encode("x \t\u0085\u00a0\u1680\u2028\u3000\r\n");
  assert.equal(trimmedEnd(spaces, 0, spaces.length), 1);
  for (const last of [[0xff], [0xc2], [0x80], [0xe2, 0x80], [0xe2, 0x80, 0xff]]) {
    const bytes = Uint8Array.from([0x61, ...last]);
    assert.equal(trimmedEnd(bytes, 0, bytes.length), bytes.length);
  }
});

const fatal = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function decodes(bytes: Uint8Array): boolean {
  try {
    fatal.decode(bytes);
    return true;
  } catch {
    return false;
  }
}

/** Bytes that are often nearly characters. */
const LEADS = [
  0x00,
  0x61,
  0x7f,
  0x80,
  0xbf,
  0xc0,
  0xc1,
  0xc2,
  0xdf,
  0xe0,
  0xe2,
  0xed,
  0xef,
  0xf0,
  0xf1,
  0xf4,
  0xf5,
  0xff,
];
const SECONDS = [0x61, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xff];

Deno.test("isUtf8() agrees with a fatal decoder on every edge of the table", () => {
  for (const lead of LEADS) {
    for (const second of SECONDS) {
      for (const third of SECONDS) {
        for (const fourth of SECONDS) {
          for (let length = 1; length <= 4; length++) {
            const bytes = Uint8Array.of(lead, second, third, fourth).subarray(0, length);
            if (isUtf8(bytes, 0, length) !== decodes(bytes)) assert.fail(bytes.toHex());
          }
        }
      }
    }
  }
});

Deno.test("isUtf8() looks at its range only", () => {
  const bytes = Uint8Array.of(0xff, 0x61, 0xc3, 0xa9, 0xff);
  assert.ok(isUtf8(bytes, 1, 4));
  assert.ok(!isUtf8(bytes, 1, 3));
  assert.ok(!isUtf8(bytes, 3, 4));
  assert.ok(isUtf8(bytes, 2, 2));
});

Deno.test("repairedUtf8() puts U+FFFD for each maximal subpart and keeps the rest, a byte order mark as well", () => {
  const repaired = (...bytes: number[]): string =>
    new TextDecoder("utf-8", { ignoreBOM: true }).decode(
      repairedUtf8(Uint8Array.of(0xff, ...bytes, 0xff), 1, bytes.length + 1),
    );
  assert.equal(repaired(0xef, 0xbb, 0xbf, 0x61, 0xff, 0x62), "\ufeffa\ufffdb");
  assert.equal(repaired(0xe2, 0x98, 0x61), "\ufffda");
  assert.equal(repaired(0xed, 0xa0, 0x80), "\ufffd\ufffd\ufffd");
  assert.equal(repaired(0xc0, 0x80), "\ufffd\ufffd");
  assert.equal(repaired(0xf0, 0x9f, 0x98), "\ufffd");
  assert.equal(repaired(0xff, 0xfe), "\ufffd\ufffd");
});

Deno.test("repairedUtf8() makes UTF-8 of whatever it is given", async () => {
  const text = fc.array(fc.constantFrom(...LEADS, ...SECONDS), { maxLength: 11 });
  await checkProperty(text, (numbers) => {
    const bytes = Uint8Array.from(numbers);
    const repaired = repairedUtf8(bytes, 0, bytes.length);
    assert.ok(isUtf8(repaired, 0, repaired.length), bytes.toHex());
    if (isUtf8(bytes, 0, bytes.length)) assert.deepEqual(repaired, bytes);
  }, { runs: 2000 });
});

Deno.test("characterStart() steps back to the lead byte, and nowhere else", () => {
  const text = encoder.encode("aé☃😀z");
  const starts = new Set([0, 1, 3, 6, 10]);
  for (let at = 0; at < text.length; at++) {
    const start = characterStart(text, at);
    assert.ok(starts.has(start) && start <= at && at - start < 4, `${at}: ${start}`);
  }
});

Deno.test("characterStart() does not go far back in text that is none", () => {
  const bytes = new Uint8Array(100).fill(0x80);
  assert.equal(characterStart(bytes, 50), 50);
  assert.equal(characterStart(bytes, 0), 0);
  assert.equal(characterStart(Uint8Array.of(0x61, 0x80), 1), 1);
});
