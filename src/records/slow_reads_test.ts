import assert from "#assert";
import { createBlockPool } from "./scan/block_pool.ts";
import { streamBackward } from "./scan/backward.ts";
import { streamForward } from "./scan/forward.ts";
import type { RecordSink } from "./record_sink.ts";
import { compileSearch } from "../search/search.ts";
import { memoryLog } from "../../tests/support/memory_log.ts";
import { naiveRecords } from "../../tests/support/naive_records.ts";
import { createRandom } from "../../tests/support/random.ts";
import { ticks } from "../../tests/support/ticks.ts";

const { signal } = new AbortController();
const decoder = new TextDecoder();

/** A sink that keeps messages, and is ready late. */
function lateSink(messages: string[], pause: () => Promise<void>): RecordSink {
  return {
    send: (batch) => {
      for (let row = 0; row < batch.count; row++) {
        messages.push(decoder.decode(batch.bytes.slice(batch.messageStart(row), batch.messageEnd(row))));
      }
      return batch.count;
    },
    ready: pause,
  };
}

Deno.test("with reads that are slow, and clients that take batches late, streams at once get the records of fast ones", async () => {
  const random = createRandom(1);
  const lines = Array.from(
    { length: 30_000 },
    (_, i) => `2024-10-01T05:40:46Z stdout F line ${i} ${"x".repeat(i % 90)}\n`,
  );
  const bytes = new TextEncoder().encode(lines.join(""));
  const all = naiveRecords(bytes, "cri", {}).map(({ message }) => message);
  const pause = (): Promise<void> => ticks(1 + random.int(20));
  const pool = createBlockPool();
  const greps = ["", "line 77", "9 x", "nowhere"];
  await Promise.all([streamForward, streamBackward].flatMap((stream) =>
    greps.map(async (grep) => {
      const log = memoryLog(bytes);
      const read = async (into: Uint8Array, position: number): Promise<number> => {
        await pause();
        return await log.read(into, position);
      };
      const got: string[] = [];
      await stream({ ...log, read }, { search: compileSearch(grep) }, { sink: lateSink(got, pause), pool, signal });
      const wanted = all.filter((message) => message.includes(grep));
      assert.deepEqual(got, stream === streamForward ? wanted : wanted.toReversed(), grep);
    })
  ));
});
