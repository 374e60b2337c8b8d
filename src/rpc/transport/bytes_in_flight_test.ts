import assert from "#assert";
import { BytesInFlight, LEAST_BATCH_BYTES } from "./bytes_in_flight.ts";

const KIB = 1024;

Deno.test("batches shrink with what is in flight, at each part of the limit and one byte past it", () => {
  const flight = new BytesInFlight({ maxBytes: 1_600 * KIB });
  const batchAt = (bytes: number): number => {
    flight.addWrite(bytes);
    const { batchBytes } = flight;
    flight.addWrite(-bytes);
    return batchBytes;
  };
  assert.deepEqual([0, 100 * KIB, 100 * KIB + 1].map(batchAt), [128 * KIB, 128 * KIB, 64 * KIB]);
  assert.deepEqual([200 * KIB, 200 * KIB + 1].map(batchAt), [64 * KIB, 16 * KIB]);
  assert.deepEqual([1_600 * KIB, 1_600 * KIB + 1].map(batchAt), [16 * KIB, LEAST_BATCH_BYTES]);
  assert.equal(flight.bytes, 0);
});

Deno.test("at the limit a stream adds to a socket that has little to write, past it to one below its high-water mark", () => {
  const flight = new BytesInFlight({ maxBytes: 1_000 });
  flight.addWrite(1_000);
  assert.equal(flight.socketBytes, 256 * KIB);
  flight.addWrite(1);
  assert.equal(flight.socketBytes, 0);
});

Deno.test("what waits in sockets counts until they are over, and is added up again after a while", () => {
  let now = 0;
  const flight = new BytesInFlight({ maxBytes: 1_000, clock: () => now });
  const sockets = [{ writableLength: 400 }, { writableLength: 500 }];
  const counted = sockets.map((socket) => flight.addSocket(socket));
  flight.addWrite(50);
  assert.equal(flight.bytes, 950);
  if (sockets[0] !== undefined) sockets[0].writableLength = 700;
  assert.equal(flight.bytes, 950);
  now = 10;
  assert.equal(flight.bytes, 1_250);
  for (const one of counted) one[Symbol.dispose]();
  now = 20;
  assert.equal(flight.bytes, 50);
});
