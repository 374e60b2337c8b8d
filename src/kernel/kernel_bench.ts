/**
 * What the kernel's functions cost, on one block of 1 MiB of CRI lines: divide a MiB by the time, or 5,300 lines by it.
 *
 * @module
 */
import { kernel } from "./kernel.ts";
import { kernelRows } from "./kernel_rows.ts";

const encoder = new TextEncoder();
const [from = 0] = kernel.blocks;
let to = from;
for (let line = 0; to < from + kernel.blockBytes - 300; line++) {
  const nanos = String((line * 7_919_777) % 1_000_000_000).padStart(9, "0");
  const text = `2025-03-04T05:06:07.${nanos}Z stdout F ${"alpha bravo cache disk ".repeat(6)} id=${line} level=info\n`;
  to += encoder.encodeInto(text, kernel.memory.subarray(to)).written;
}

/** Looks for nothing that is there. */
function plan(first: string, second: string): Uint8Array {
  const bytes = new Uint8Array(544 + 4);
  const view = new DataView(bytes.buffer);
  bytes[0] = 1;
  bytes[4] = 1;
  bytes[116] = 1;
  bytes.set([first.charCodeAt(0), 0x20, second.charCodeAt(0), 0x20], 104);
  view.setUint8(108, 1);
  bytes[128 + 2] = 2;
  bytes.set([first.charCodeAt(0), 0x20, second.charCodeAt(0), 0x20], 544);
  return bytes;
}

const nothing = plan("q", "z");
const everything = new Uint8Array(4);
const fill = { format: "cri", backward: false, exact: false, start: undefined, stop: undefined } as const;

Deno.bench("Uint8Array.indexOf() for each line feed", { group: "lines of 1 MiB", baseline: true }, () => {
  const block = kernel.memory.subarray(from, to);
  for (let at = block.indexOf(0x0a); at >= 0; at = block.indexOf(0x0a, at + 1));
});

Deno.bench("scanLines(), every line", { group: "lines of 1 MiB" }, () => {
  kernel.setPlan(everything);
  kernel.scanLines(from, to);
});

Deno.bench("scanLines(), a literal that is not there", { group: "lines of 1 MiB" }, () => {
  kernel.setPlan(nothing);
  kernel.scanLines(from, to);
});

Deno.bench("scanLines() and fillRows()", { group: "records of 1 MiB", baseline: true }, () => {
  kernel.setPlan(everything);
  kernelRows.fill(kernel.scanLines(from, to), fill);
});

Deno.bench("scanLines(), fillRows() and putFrames()", { group: "records of 1 MiB" }, () => {
  kernel.setPlan(everything);
  const { rows } = kernelRows.fill(kernel.scanLines(from, to), fill);
  kernelRows.putFrames(0, rows, kernelRows.out.bytes);
});
