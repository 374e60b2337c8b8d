/**
 * Spans, as the rooms that make them know them.
 *
 * @module
 */
import type { TraceParent } from "./trace_parent.ts";

/** Values of attributes. */
export type Attributes = Readonly<Record<string, string | number | boolean>>;

/** A span that has begun. */
export interface RunningSpan {
  /** Whether somebody gets it: otherwise attributes are not worth making, and it need not be ended. */
  readonly isSampled: boolean;
  /** Runs something as a part of it: requests that are sent meanwhile belong to it. */
  run<T>(part: () => T): T;
  /** Ends it. */
  end(options: { readonly attributes: Attributes; readonly isError: boolean }): void;
}

/** How a span begins. */
export interface SpanOptions {
  /** The caller's span. @default none: a trace of its own */
  readonly parent?: TraceParent | undefined;
  /** How many milliseconds ago it began. @default {0} */
  readonly agoMs?: number;
}

/** Begins spans. */
export interface Tracer {
  /** Begins a span of a call that was received. */
  begin(name: string, options?: SpanOptions): RunningSpan;
}
