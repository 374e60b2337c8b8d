/**
 * The door to the WebAssembly kernel: byte scanning and encoding at the speed of the machine.
 *
 * Owns the one instance and its memory. The memory never grows, so views of it stay valid; where things lie in it is drawn in `_wasm/layout.ts`. Everything
 * here is synchronous, and everything but the blocks is shared: what one call leaves – lines, rows, frames – holds until the next turn's first call.
 * Rows that another turn left are another caller's text, so they are counted: see {@linkcode Kernel.takeRows}. Addresses are offsets in the memory.
 *
 * @module
 */
import * as wasm from "./_wasm/kernel.wasm";

/** What the module exports; the test of the build without SIMD makes an instance of its own. */
export type KernelModule = typeof wasm;

/** Records as columns; only the first so many rows mean anything. Addresses and offsets are in bytes. */
export interface KernelRows {
  /** How many fit. */
  readonly capacity: number;
  /** The time's seconds since 1970. */
  readonly seconds: Float64Array;
  /** The time's nanoseconds. */
  readonly nanos: Int32Array;
  /** Where the line begins. */
  readonly lineStart: Uint32Array;
  /** Where it ends, without its line feed. */
  readonly lineEnd: Uint32Array;
  /** Where the message begins. */
  readonly messageStart: Uint32Array;
  /** Where it ends, with its trailing white space: what a pattern is matched against. */
  readonly messageEnd: Uint32Array;
  /** Where it ends without that: what is sent. */
  readonly trimmedEnd: Uint32Array;
  /** {@linkcode FINAL}, {@linkcode SLOW}. */
  readonly flags: Int32Array;
}

/** A row's message is whole. */
export const FINAL = 1;
/** A row is a line that the fast form does not take: only its place is set, the slow twin has to read it. */
export const SLOW = 2;

/** A bound: seconds and nanoseconds since 1970. */
export interface KernelBound {
  /** Whole seconds. */
  readonly seconds: number;
  /** 0 to 999,999,999. */
  readonly nanos: number;
}

/** How lines read: as a runtime's, or each as a message without a time. */
export type LineKind = "cri" | "docker" | "plain";

/** The formats by the numbers that the module has for them. */
const FORMATS: readonly LineKind[] = ["cri", "docker", "plain"];

/** How lines become rows. */
export interface FillOptions {
  /** The lines' format. */
  readonly format: LineKind;
  /** Whether to begin with the last line. */
  readonly backward: boolean;
  /** Whether a message without one of the plan's literals is no record. */
  readonly exact: boolean;
  /** The earliest time wanted. */
  readonly start: KernelBound | undefined;
  /** The latest time wanted. */
  readonly stop: KernelBound | undefined;
}

/** What a span's verdict can be; 0 is none yet. */
export const VERDICT = { yes: 1, undecided: 2, no: 3 } as const;

/** How a table is walked. */
export interface TableWalk {
  /** Columns of a state: one for each class of bytes, and one for the end of the message. */
  readonly stride: number;
  /** The state in which a message begins. */
  readonly initial: number;
  /** States below this one are answers: 1 × stride no match, 2 × stride a match, others none. */
  readonly firstState: number;
}

/** The kernel's functions over its memory. */
export interface Kernel {
  /** The whole memory. */
  readonly memory: Uint8Array;
  /** What {@linkcode fillRows} leaves. */
  readonly rows: KernelRows;
  /** Buffers of {@linkcode blockBytes} with slack behind them, by their addresses. */
  readonly blocks: readonly number[];
  /** The size of a block. */
  readonly blockBytes: number;
  /** Where frames are written. */
  readonly out: { readonly address: number; readonly bytes: number };
  /** Where the slow twins put texts that are in no block. */
  readonly text: { readonly address: number; readonly bytes: number };
  /** Sets what the next {@linkcode scanLines} looks for. */
  setPlan(plan: Uint8Array): void;
  /** Names the lines in [from, to) that the plan asks for; returns how many. */
  scanLines(from: number, to: number): number;
  /** Where the line `index` of the last scan begins. */
  lineStart(index: number): number;
  /** Where it ends, without its line feed. */
  lineEnd(index: number): number;
  /** Where the last scan stopped: the start of the first line that it did not look at, or its end. */
  scannedTo(): number;
  /** Makes rows of the first (or last) `lines` named lines, as many as fit; returns how many, and how many lines that took. */
  fillRows(lines: number, options: FillOptions): { readonly rows: number; readonly lines: number };
  /** Declares that the first `count` rows are filled, by hand or by {@linkcode fillRows} with some of them dropped. */
  setRows(count: number): void;
  /**
   * Takes the first `count` rows to be sent, which can be done once. To be called by whoever reads rows, before it does.
   *
   * @throws {StaleRowsError} when so many were not filled since the last wait, or they were taken already
   */
  takeRows(count: number): void;
  /** How many rows of the last fill have {@linkcode SLOW}. */
  slowRows(): number;
  /** Where text behind that of the rows may be put. */
  textEnd(): number;
  /** Where the table of the pattern at hand lies; `search/` owns what it means. */
  readonly table: Int32Array;
  /** The column of each byte in that table. */
  readonly classes: Uint8Array;
  /** Messages to be judged: start, end and {@linkcode VERDICT} of each, in turn. */
  readonly spans: Uint32Array;
  /** Makes a span of the message of each of the first `count` named CRI lines. */
  spansOfLines(count: number): void;
  /** Makes a span of the message of each of the first `count` rows. */
  spansOfRows(count: number): void;
  /** Judges the spans [from, to) that have no verdict yet by the table; returns how many stay undecided. */
  judgeSpans(from: number, to: number, walk: TableWalk): number;
  /** Drops the named lines whose spans do not match; returns how many are left. */
  keepMatchingLines(count: number): number;
  /** Writes frames of rows [from, to) to [out, out + limit); returns how many rows fit and how many bytes they took. */
  putFrames(from: number, to: number, limit: number): { readonly rows: number; readonly bytes: number };
}

/** Rows are to be sent that were filled before a wait, or not at all: they may be another caller's. */
export class StaleRowsError extends Error {
  /** The class, as an error log shows it. */
  override readonly name = "StaleRowsError";
}

const PLAN_BYTES = 7 * 1024;
const BLOCK_BYTES = 2 * 1024 * 1024;

/** The areas of the memory and their sizes, in the order of `area()` in `_wasm/kernel.ts`. */
const AREAS = [
  "slack",
  "plan",
  "lines",
  "maxLines",
  "maxRows",
  "seconds",
  "nanos",
  "lineStart",
  "lineEnd",
  "messageStart",
  "messageEnd",
  "trimmedEnd",
  "flags",
  "out",
  "outBytes",
  "text",
  "textBytes",
  "blocks",
  "spans",
  "classes",
  "table",
  "tableEntries",
] as const;

/** The functions of an instance of the module. */
export function createKernel(module: KernelModule): Kernel {
  const buffer = module.memory.buffer;
  const memory = new Uint8Array(buffer);
  const areas = Object.fromEntries(AREAS.map((name, index) => [name, module.area(index)])) as Record<
    typeof AREAS[number],
    number
  >;
  const capacity = areas.maxRows;
  const column = (address: number): Uint32Array => new Uint32Array(buffer, address, capacity);
  const lines = new Uint32Array(buffer, areas.lines, areas.maxLines * 3);
  const stride = BLOCK_BYTES + Math.ceil(areas.slack / 4096) * 4096;
  const spans = new Uint32Array(buffer, areas.spans, areas.maxLines * 3);
  let everyLine = true;
  let filled = 0;
  const forgetRows = (): void => void (filled = 0);
  const setRows = (count: number): void => {
    // Whatever goes on after an await goes on behind this.
    if (filled === 0 && count > 0) queueMicrotask(forgetRows);
    filled = count;
  };
  return {
    memory,
    rows: {
      capacity,
      seconds: new Float64Array(buffer, areas.seconds, capacity),
      nanos: new Int32Array(buffer, areas.nanos, capacity),
      lineStart: column(areas.lineStart),
      lineEnd: column(areas.lineEnd),
      messageStart: column(areas.messageStart),
      messageEnd: column(areas.messageEnd),
      trimmedEnd: column(areas.trimmedEnd),
      flags: new Int32Array(buffer, areas.flags, capacity),
    },
    blocks: Array.from(
      { length: Math.floor((memory.length - areas.blocks) / stride) },
      (_, index) => areas.blocks + index * stride,
    ),
    blockBytes: BLOCK_BYTES,
    out: { address: areas.out, bytes: areas.outBytes },
    text: { address: areas.text, bytes: areas.textBytes },
    setPlan: (bytes) => {
      if (bytes.length > PLAN_BYTES) {
        throw new RangeError(`Cannot set a plan of ${bytes.length} bytes: the limit is ${PLAN_BYTES}`);
      }
      memory.set(bytes, areas.plan);
      everyLine = bytes[0] === 0;
    },
    scanLines: (from, to) => (everyLine ? module.everyLine(from, to) : module.linesWithNeedle(from, to)),
    lineStart: (index) => lines[index * 3] ?? 0,
    lineEnd: (index) => lines[index * 3 + 1] ?? 0,
    scannedTo: () => module.scannedTo(),
    fillRows: (count, { format, backward, exact, start, stop }) => {
      module.setStart(start === undefined ? 0 : 1, start?.seconds ?? 0, start?.nanos ?? 0);
      module.setStop(stop === undefined ? 0 : 1, stop?.seconds ?? 0, stop?.nanos ?? 0);
      const rows = module.fillRows(FORMATS.indexOf(format), backward ? 1 : 0, exact ? 1 : 0, count);
      setRows(rows);
      return { rows, lines: module.linesDone() };
    },
    setRows,
    takeRows: (count) => {
      if (count > filled) throw new StaleRowsError(`Cannot take ${count} rows: ${filled} are filled`);
      filled = 0;
    },
    slowRows: () => module.slowRows(),
    textEnd: () => module.textEnd(),
    table: new Int32Array(buffer, areas.table, areas.tableEntries),
    classes: memory.subarray(areas.classes, areas.classes + 256),
    spans,
    spansOfLines: (count) => module.spansOfLines(count),
    spansOfRows: (count) => module.spansOfRows(count),
    judgeSpans: (from, to, { stride, initial, firstState }) => module.judgeSpans(from, to, stride, initial, firstState),
    keepMatchingLines: (count) => module.keepMatchingLines(count),
    putFrames: (from, to, limit) => {
      const row = module.putFrames(from, to, areas.out, areas.out + Math.min(limit, areas.outBytes));
      return { rows: row - from, bytes: module.bytesWritten() };
    },
  };
}

/** The kernel of this process. */
export const kernel: Kernel = createKernel(wasm);
