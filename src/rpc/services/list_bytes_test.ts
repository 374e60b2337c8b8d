import { Buffer } from "node:buffer";
import assert from "#assert";
import { checkRandom } from "../../../tests/support/property.ts";
import type { Random } from "../../../tests/support/random.ts";
import { services } from "../descriptor.ts";
import { createListFrame } from "./list_bytes.ts";
import { type ShownLog, wireMetadata } from "./log_metadata.ts";

const LETTERS = ["a", "-", "ü", "ディ", "🚀", "\u0000", "\ufffd"];
const LENGTHS = [1, 5, 63, 64, 127, 128, 129, 300, 20_000];
const TIMES = [0, 0.5, -1, -123_456.789, 1_727_761_246_500, 1_727_761_246_500.25];

function randomText(random: Random, most: number): string {
  return Array.from({ length: random.int(most) }, () => random.pick(LETTERS)).join("");
}

function randomNumber(random: Random): number {
  return random.pick([0, 1, 127, 128, 2 ** 31 - 1, 2 ** 31, 2 ** 32, 2 ** 53 - 1, random.int(1e9)]);
}

function randomShownLog(random: Random): ShownLog {
  const text = (): string => randomText(random, random.pick(LENGTHS));
  return {
    name: {
      namespace: text(),
      podName: text(),
      containerName: text(),
      containerId: `${random.oneIn(3) ? "containerd://" : ""}${text()}`,
    },
    size: randomNumber(random),
    modifiedMs: random.oneIn(9) ? undefined : random.pick([...TIMES, randomNumber(random) / 1000]),
  };
}

Deno.test("a list's bytes are those of the generic serializer, whatever its logs are", async () => {
  await checkRandom((random) => {
    const nodeName = randomText(random, random.pick([1, 30, 300]));
    const logs = Array.from({ length: random.pick([0, 1, 2, 20]) }, () => randomShownLog(random));
    const answer = createListFrame({ nodeName });
    for (const log of logs) answer.add(log);
    const items = logs.map((log) => wireMetadata(log, { nodeName }));
    const pieceBytes = random.pick([1, 100, 5_000, 1e9]);
    const pieces = Array.from(answer.pieces(() => pieceBytes), (piece) => Uint8Array.from(piece));
    const message = services.logMetadata.List.responseSerialize({ items });
    const head = Buffer.alloc(5);
    head.writeUInt32BE(message.length, 1);
    assert.deepEqual(Buffer.concat(pieces), Buffer.concat([head, message]));
    if (pieceBytes === 1) assert.equal(pieces.length, Math.max(1, logs.length));
  }, { runs: 200, seed: crypto.getRandomValues(new Uint32Array(1))[0] ?? 0 });
});
