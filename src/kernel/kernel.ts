/**
 * The door to the WebAssembly kernel: byte scanning and encoding at the speed of the machine.
 *
 * Owns the one instance and its memory. The memory never grows, so views of it stay valid. All functions here are
 * synchronous. Streams share everything but the blocks: the lines and verdicts that one call leaves hold until the next
 * call, or the next wait. Records have a file of their own, `kernel_rows.ts`. Addresses are offsets in the memory.
 *
 * @module
 */
import * as wasm from "./_wasm/kernel.wasm";
import { areasOf, type KernelModule } from "./_areas.ts";

export type { KernelModule } from "./_areas.ts";

/** What a span's verdict can be; 0 is none yet. */
export const VERDICT = { yes: 1, undecided: 2, no: 3 } as const;

/** How a table is walked. */
export interface TableWalk {
  /** Columns of a state: one for each class of bytes, and one for the end of the message. */
  readonly stride: number;
  /** The state in which a message begins. */
  readonly initial: number;
  /** States below this one are verdicts: 1 × stride no match, 2 × stride a match, others none. */
  readonly firstState: number;
}

/** The kernel's functions over its memory. */
export interface Kernel {
  /** The whole memory. */
  readonly memory: Uint8Array;
  /** Buffers of {@linkcode blockBytes} with slack behind them, by their addresses. */
  readonly blocks: readonly number[];
  /** The size of a block. */
  readonly blockBytes: number;
  /**
   * Sets what the next {@linkcode scanLines} searches for, and what the lines that it names must hold beside; `search/`
   * owns what both mean.
   */
  setPlan(plan: Uint8Array, required?: Uint8Array): void;
  /** Names the lines in [from, to) that the plan asks for; returns how many. */
  scanLines(from: number, to: number): number;
  /** How many lines the last scan looked at because of the plan, whether it named them or not. */
  linesTried(): number;
  /** How many lines in [from, to) the plan asks for, whatever they must hold beside. */
  countLines(from: number, to: number): number;
  /** How often the last count compared a text, where something like a part of it stands. */
  comparisons(): number;
  /** Where the line `index` of the last scan begins. */
  lineStart(index: number): number;
  /** Where it ends, without its line feed. */
  lineEnd(index: number): number;
  /** Where the last scan stopped: the start of the first line that it did not scan, or its end. */
  scannedTo(): number;
  /** Where the table of the current pattern lies; `search/` owns what it means. */
  readonly table: Int32Array;
  /** The column of each byte in that table. */
  readonly classes: Uint8Array;
  /** Messages to be judged: start, end and {@linkcode VERDICT} of each, one after the other. */
  readonly spans: Uint32Array;
  /** Makes a span of the message of each of the first `count` named CRI lines. */
  spansOfLines(count: number): void;
  /** Judges the spans [from, to) that have no verdict yet by the table; returns how many stay undecided. */
  judgeSpans(from: number, to: number, walk: TableWalk): number;
  /** Drops the named lines whose spans do not match; returns how many are left. */
  keepMatchingLines(count: number): number;
}

const PLAN_BYTES = 7 * 1024;
const BLOCK_BYTES = 2 * 1024 * 1024;
const NOTHING_MORE = new Uint8Array(4);

/** The functions of an instance of the module. */
export function createKernel(module: KernelModule): Kernel {
  const { buffer } = module.memory;
  const memory = new Uint8Array(buffer);
  const areas = areasOf(module);
  const lines = new Uint32Array(buffer, areas.lines, areas.maxLines * 3);
  const stride = BLOCK_BYTES + Math.ceil(areas.slack / 4096) * 4096;
  let everyLine = true;
  let tried = 0;
  return {
    memory,
    blocks: Array.from(
      { length: Math.floor((memory.length - areas.blocks) / stride) },
      (_, index) => areas.blocks + index * stride,
    ),
    blockBytes: BLOCK_BYTES,
    setPlan: (bytes, required = NOTHING_MORE) => {
      if (bytes.length > PLAN_BYTES || required.length > areas.requiredBytes) {
        throw new RangeError(
          `Cannot set a plan of ${bytes.length} and ${required.length} bytes: the limits are ${PLAN_BYTES} and ${areas.requiredBytes}`,
        );
      }
      memory.set(bytes, areas.plan);
      memory.set(required, areas.required);
      everyLine = bytes[0] === 0;
    },
    scanLines: (from, to) => {
      if (!everyLine) return module.linesWithNeedle(from, to);
      tried = module.everyLine(from, to);
      return tried;
    },
    linesTried: () => everyLine ? tried : module.linesTried(),
    comparisons: () => module.comparisons(),
    countLines: (from, to) => module.countLines(from, to),
    lineStart: (index) => lines[index * 3] ?? 0,
    lineEnd: (index) => lines[index * 3 + 1] ?? 0,
    scannedTo: () => module.scannedTo(),
    table: new Int32Array(buffer, areas.table, areas.tableEntries),
    classes: memory.subarray(areas.classes, areas.classes + 256),
    spans: new Uint32Array(buffer, areas.spans, areas.maxLines * 3),
    spansOfLines: (count) => module.spansOfLines(count),
    judgeSpans: (from, to, { stride, initial, firstState }) => module.judgeSpans(from, to, stride, initial, firstState),
    keepMatchingLines: (count) => module.keepMatchingLines(count),
  };
}

/** The kernel of this process. */
export const kernel: Kernel = createKernel(wasm);
