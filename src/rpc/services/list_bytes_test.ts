import { Buffer } from "node:buffer";
import assert from "#assert";
import { createRandom } from "../../../tests/support/random.ts";
import { services } from "../descriptor.ts";
import { createListBytes } from "./list_bytes.ts";
import { type ShownLog, wireMetadata } from "./log_metadata.ts";

const seed = Number(Deno.env.get("SEED") ?? crypto.getRandomValues(new Uint32Array(1))[0]);

Deno.test(`a list's bytes are those of the generic serializer, whatever its logs are (SEED=${seed})`, () => {
  const random = createRandom(seed);
  const letters = ["a", "-", "ü", "ディ", "🚀", "\u0000", "\ufffd"];
  const text = (most: number): string => Array.from({ length: random.int(most) }, () => random.pick(letters)).join("");
  const lengths = [1, 5, 63, 64, 127, 128, 129, 300, 20_000];
  const number = (): number =>
    random.pick([0, 1, 127, 128, 2 ** 31 - 1, 2 ** 31, 2 ** 32, 2 ** 53 - 1, random.int(1e9)]);
  const shownLog = (): ShownLog => ({
    name: {
      namespace: text(random.pick(lengths)),
      podName: text(random.pick(lengths)),
      containerName: text(random.pick(lengths)),
      containerId: `${random.oneIn(3) ? "containerd://" : ""}${text(random.pick(lengths))}`,
    },
    size: number(),
    modifiedMs: random.oneIn(9)
      ? undefined
      : random.pick([0, 0.5, -1, -123_456.789, 1_727_761_246_500, 1_727_761_246_500.25, number() / 1000]),
  });
  for (let round = 0; round < 200; round++) {
    const nodeName = text(random.pick([1, 30, 300]));
    const logs = Array.from({ length: random.pick([0, 1, 2, 20]) }, shownLog);
    const answer = createListBytes({ nodeName });
    for (const log of logs) answer.add(log);
    const items = logs.map((log) => wireMetadata(log, { nodeName }));
    assert.deepEqual(Buffer.from(answer.bytes()), services.logMetadata.List.responseSerialize({ items }));
  }
});
