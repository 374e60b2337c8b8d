/**
 * The rows that a selection leaves: records as ranges over a block, in columns, without an object for each.
 *
 * One table serves the whole process: it is filled and sent within one turn.
 *
 * @module
 */

/** How many records one selection holds at most. */
export const MAX_ROWS = 4096;

/** Records in the order in which they are to be sent. Only the first `count` rows mean anything. */
export interface RecordRows {
  /** How many rows are filled. */
  count: number;
  /** Where the line begins, as an offset in the block. */
  readonly lineStart: Int32Array;
  /** Where the next line begins, as an offset in the block. */
  readonly lineEnd: Int32Array;
  /** The time's seconds since 1970. */
  readonly seconds: Float64Array;
  /** The time's nanoseconds. */
  readonly nanos: Int32Array;
  /** Where the message begins: in `text` when there is one, else in the block. */
  readonly messageStart: Int32Array;
  /** Where it ends, exclusive. */
  readonly messageEnd: Int32Array;
  /** 1 when the message is whole with this record. */
  readonly final: Uint8Array;
  /** The message's bytes where they are not the block's: decoded, or repaired to be UTF-8. */
  readonly text: (Uint8Array | undefined)[];
}

/** An empty table. */
export function createRecordRows(): RecordRows {
  return {
    count: 0,
    lineStart: new Int32Array(MAX_ROWS),
    lineEnd: new Int32Array(MAX_ROWS),
    seconds: new Float64Array(MAX_ROWS),
    nanos: new Int32Array(MAX_ROWS),
    messageStart: new Int32Array(MAX_ROWS),
    messageEnd: new Int32Array(MAX_ROWS),
    final: new Uint8Array(MAX_ROWS),
    text: new Array(MAX_ROWS).fill(undefined),
  };
}

/** Takes back the rows from `count` on, and lets go of what they held. */
export function truncateRows(rows: RecordRows, count: number): void {
  for (let row = count; row < rows.count; row++) rows.text[row] = undefined;
  rows.count = count;
}
