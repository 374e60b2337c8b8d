/**
 * The kernel's rows: records as columns of its memory, filled from the lines of the last scan and written as gRPC
 * frames.
 *
 * Only `records/scan/row_batch.ts` may import this file; a test checks it. Rows that one call leaves are overwritten by
 * the next, whoever makes it: which caller's records they are is for the row batch to know. Addresses are offsets in
 * the kernel's memory.
 *
 * @module
 */
import * as wasm from "./_wasm/kernel.wasm";
import { areasOf, type KernelModule } from "./_areas.ts";

/** A row's message is whole. */
export const FINAL = 1;
/** A row is a line that the fast form does not read: only its start and end are set, the scalar twin has to read it. */
export const SLOW = 2;

/** A bound: seconds and nanoseconds since 1970. */
export interface KernelBound {
  /** Whole seconds. */
  readonly seconds: number;
  /** 0 to 999,999,999. */
  readonly nanos: number;
}

/** How lines read: as a runtime's, or each as a message without a time. */
export type LineKind = "cri" | "docker" | "plain" | "strict cri";

/** The formats by the numbers that the module has for them. */
const FORMATS: readonly LineKind[] = ["cri", "docker", "plain", "strict cri"];

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

/** Records as columns; only the first so many rows mean anything. */
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
  /** Where frames are written. */
  readonly out: { readonly address: number; readonly bytes: number };
  /** Where texts go that are in no block as they are to be sent. */
  readonly text: { readonly address: number; readonly bytes: number };
  /**
   * Makes rows of the first (or last) `lines` named lines, as many as fit; returns how many, and how many lines that
   * took.
   */
  fill(lines: number, options: FillOptions): { readonly rows: number; readonly lines: number };
  /** How many rows of the last fill have {@linkcode SLOW}. */
  slowRows(): number;
  /** Where text behind that of the last fill may be put. */
  textEnd(): number;
  /** Makes a span of the message of each of the first `count` rows, for {@linkcode Kernel.judgeSpans}. */
  putSpans(count: number): void;
  /** Writes frames of rows [from, to) to [out, out + limit); returns how many rows fit and how many bytes they took. */
  putFrames(from: number, to: number, limit: number): { readonly rows: number; readonly bytes: number };
}

/** The rows of an instance of the module. */
export function createKernelRows(module: KernelModule): KernelRows {
  const { buffer } = module.memory;
  const areas = areasOf(module);
  const capacity = areas.maxRows;
  const column = (address: number): Uint32Array => new Uint32Array(buffer, address, capacity);
  return {
    capacity,
    seconds: new Float64Array(buffer, areas.seconds, capacity),
    nanos: new Int32Array(buffer, areas.nanos, capacity),
    lineStart: column(areas.lineStart),
    lineEnd: column(areas.lineEnd),
    messageStart: column(areas.messageStart),
    messageEnd: column(areas.messageEnd),
    trimmedEnd: column(areas.trimmedEnd),
    flags: new Int32Array(buffer, areas.flags, capacity),
    out: { address: areas.out, bytes: areas.outBytes },
    text: { address: areas.text, bytes: areas.textBytes },
    fill: (lines, { format, backward, exact, start, stop }) => {
      module.setStart(start === undefined ? 0 : 1, start?.seconds ?? 0, start?.nanos ?? 0);
      module.setStop(stop === undefined ? 0 : 1, stop?.seconds ?? 0, stop?.nanos ?? 0);
      const rows = module.fillRows(FORMATS.indexOf(format), backward ? 1 : 0, exact ? 1 : 0, lines);
      return { rows, lines: module.linesDone() };
    },
    slowRows: () => module.slowRows(),
    textEnd: () => module.textEnd(),
    putSpans: (count) => module.spansOfRows(count),
    putFrames: (from, to, limit) => {
      const row = module.putFrames(from, to, areas.out, areas.out + Math.min(limit, areas.outBytes));
      return { rows: row - from, bytes: module.bytesWritten() };
    },
  };
}

/** The rows of this process. */
export const kernelRows: KernelRows = createKernelRows(wasm);
