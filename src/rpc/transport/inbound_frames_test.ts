import assert from "#assert";
import { Buffer } from "node:buffer";
import { checkRandom } from "../../../tests/support/property.ts";
import { type Frame, frameBytes, preface } from "../../../tests/support/raw_http2.ts";
import { frameTypes } from "../../../tests/support/http2_types.ts";
import { withoutResets } from "./inbound_frames.ts";

interface Seen {
  readonly passed: Buffer;
  /** The numbers of the streams that were reset, with how many bytes were passed on before. */
  readonly resets: readonly (readonly [id: number, offset: number])[];
  readonly answers: readonly boolean[];
}

function seen(chunks: readonly Uint8Array[]): Seen {
  const passed: Uint8Array[] = [];
  const resets: (readonly [number, number])[] = [];
  const lengthPassed = (): number => passed.reduce((sum, { length }) => sum + length, 0);
  const take = withoutResets({
    pass: (bytes) => passed.push(Uint8Array.from(bytes)) % 2 === 0,
    reset: (id) => resets.push([id, lengthPassed()]),
  });
  const answers = chunks.map((chunk) => {
    const before = passed.length;
    const answer = take(chunk);
    assert.ok(passed.length > before, "each chunk is passed on, if only as no bytes: reading goes on by that");
    assert.equal(answer, passed.length % 2 === 0);
    return answer;
  });
  return { passed: Buffer.concat(passed), resets, answers };
}

const reset = (stream: number, bytes = 4): Frame => ({
  type: frameTypes.reset,
  stream,
  payload: new Uint8Array(bytes),
});

Deno.test("a reset is taken out, the frames around it are passed on", () => {
  const ping = frameBytes({ type: frameTypes.ping, payload: new Uint8Array(8) });
  const { passed, resets } = seen([Buffer.concat([preface, ping, frameBytes(reset(7)), ping])]);
  assert.deepEqual(passed, Buffer.concat([preface, ping, ping]));
  assert.deepEqual(resets, [[7, preface.length + ping.length]]);
});

Deno.test("what is no reset of a client's stream is passed on, for HTTP/2 to refuse it", () => {
  const frames = [reset(0), reset(2), reset(3, 3), reset(3, 5), reset(3, 0)].map(frameBytes);
  const all = Buffer.concat([preface, ...frames]);
  const { passed, resets } = seen([all]);
  assert.deepEqual(passed, all);
  assert.deepEqual(resets, []);
});

Deno.test("frames in chunks of any length: nothing is lost, and each reset comes behind what was sent before it", async () => {
  await checkRandom((random) => {
    const sent: Buffer[] = [preface];
    const expected: Buffer[] = [preface];
    const expectedResets: (readonly [number, number])[] = [];
    for (let i = random.int(12); i > 0; i--) {
      if (random.oneIn(3)) {
        const id = random.int(2 ** 30) * 2 + 1;
        sent.push(frameBytes(reset(id)));
        expectedResets.push([id, Buffer.concat(expected).length]);
      } else {
        // Payloads that look like resets.
        const payload = random.oneIn(2) ? Buffer.concat([frameBytes(reset(1))]) : new Uint8Array(random.int(40));
        const bytes = frameBytes({ type: random.pick([0, 1, 4, 6, 8, 9]), stream: random.int(9), payload });
        sent.push(bytes);
        expected.push(bytes);
      }
    }
    const bytes = Buffer.concat(sent);
    const chunks: Buffer[] = [];
    const longest = random.pick([1, 2, 14, 100]);
    for (let offset = 0; offset < bytes.length;) {
      const end = offset + 1 + random.int(longest);
      chunks.push(bytes.subarray(offset, end));
      offset = end;
    }
    const { passed, resets } = seen(chunks);
    assert.deepEqual(passed, Buffer.concat(expected));
    assert.deepEqual(resets, expectedResets);
  }, { runs: 300, seed: Math.floor(Math.random() * 2 ** 31) });
});

Deno.test("each PING and SETTINGS that wants an answer is told, and passed on", () => {
  let told = 0;
  let passed = 0;
  const take = withoutResets({
    pass: (bytes) => (passed += bytes.length) > 0,
    reset: () => {},
    control: () => told++,
  });
  const frames = [4, 6, 0, 8].flatMap((type) => [{ type }, { type, flags: 1 }]).map(frameBytes);
  const all = Buffer.concat([preface, ...frames]);
  for (const byte of all) take(Uint8Array.of(byte));
  assert.equal(told, 2);
  assert.equal(passed, all.length);
});
