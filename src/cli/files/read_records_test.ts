import assert from "#assert";
import type { WorkerPool } from "../../records/parallel/worker_pool.ts";
import { compileSearch } from "../../search/search.ts";
import { openInput } from "./input.ts";
import { readRecords } from "./read_records.ts";
import { createCountingSink } from "./sinks.ts";
import { strictCri } from "./strict_cri.ts";

Deno.test("readRecords() offers a long file to the scan workers", async () => {
  const path = await Deno.makeTempFile({ suffix: ".log" });
  try {
    await Deno.writeTextFile(path, "2025-03-04T05:06:07Z stdout F hay\n".repeat(200_000));
    let asked = 0;
    const workers: WorkerPool = {
      sizes: { minBytes: 1, segmentBytes: 1024 * 1024 },
      lend: () => void asked++ as undefined,
      [Symbol.dispose]: () => {},
    };
    using input = await openInput(path);
    const sink = createCountingSink();
    const search = compileSearch("needle");
    await readRecords(input, { search }, { sink, workers, direction: "forward", format: strictCri });
    assert(asked > 0, "the pool is asked for workers");
  } finally {
    await Deno.remove(path);
  }
});
