import assert from "#assert";
import { kernel } from "../../kernel/kernel.ts";
import { cri } from "../../logs/cri.ts";
import { compilePattern } from "../../search/search.ts";
import { rowBuffer } from "./row_batch.ts";
import { createScan } from "./scan.ts";
import { selectBackward } from "./select.ts";

Deno.test("selectBackward() leaves what was not judged in its time slice, also a line behind NUL bytes, whose place the kernel does not know", () => {
  const header = "2025-03-04T05:06:07.123456789Z stdout F ";
  const texts = [`${"\0".repeat(40)}${header}error 1`, `${header}error 2`, `${header}error 3`];
  const [from = 0] = kernel.blocks;
  const { written } = new TextEncoder().encodeInto(`${texts.join("\n")}\n`, kernel.memory.subarray(from));
  const to = from + written;
  const search = compilePattern("error \\d");
  const { matcher } = search;
  // One line in each time slice.
  const scan = createScan({
    search: {
      ...search,
      matcher: { ...matcher, judgeSpans: (count, options) => Math.min(1, matcher.judgeSpans(count, options)) },
    },
  }, cri);
  const starts: number[] = [];
  for (let end = to; end > from;) {
    const { rows, rest } = selectBackward({ from, to: end, offset: 0 }, scan);
    for (let row = 0; row < rows; row++) starts.push(rowBuffer.lineStart(row) - from);
    assert.ok(rest < end, "it goes on");
    end = rest;
  }
  const [first = "", second = ""] = texts;
  assert.deepEqual(starts, [first.length + second.length + 2, first.length + 1, 0]);
});
