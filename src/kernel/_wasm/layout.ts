// Where things lie in the kernel's memory. One thread: everything but the blocks is used between two waits, and belongs
// to nobody after that.
//
//        0  reserved                                   (address 0 stays unused)
//      512  EACH_BYTE                                  each byte below 128 at its own offset
//     1 KiB PLAN    what to search for                  7 KiB
//     8 KiB LINES   candidate lines: start, end, hit    12 bytes each
//           ROWS    records, in columns                 32 bytes each
//           OUT     frames to send                      one record of 4 MiB fits
//           TEXT    messages that are not in a block as they are: decoded, repaired
//           SPANS   messages to be judged               12 bytes each
//           TABLE   a pattern's states                  2 MiB
//           REQUIRED  what named lines must hold beside  24 KiB
//           BLOCKS  what is read from files
//
// Every area is followed by slack, because vectors are loaded and stored whole.

/** Bytes that may be read or written behind the end of an area. */
export const SLACK: usize = 128;

export const EACH_BYTE: usize = 512;

export const PLAN: usize = 1024;

/** Lines that one scan can name. */
export const MAX_LINES: i32 = 16384;
export const LINES: usize = 8 * 1024;
export const LINE_BYTES: usize = 12;

/** Records that one selection can hold. */
export const MAX_ROWS: i32 = 8192;
export const ROWS: usize = LINES + usize(MAX_LINES) * LINE_BYTES + SLACK;
export const ROW_SECONDS: usize = ROWS;
export const ROW_NANOS: usize = ROW_SECONDS + usize(MAX_ROWS) * 8;
export const ROW_LINE_START: usize = ROW_NANOS + usize(MAX_ROWS) * 4;
export const ROW_LINE_END: usize = ROW_LINE_START + usize(MAX_ROWS) * 4;
export const ROW_MESSAGE_START: usize = ROW_LINE_END + usize(MAX_ROWS) * 4;
export const ROW_MESSAGE_END: usize = ROW_MESSAGE_START + usize(MAX_ROWS) * 4;
export const ROW_TRIMMED_END: usize = ROW_MESSAGE_END + usize(MAX_ROWS) * 4;
export const ROW_FLAGS: usize = ROW_TRIMMED_END + usize(MAX_ROWS) * 4;

/** Room for one record of the greatest size, 4 MiB, and its frame. */
export const OUT: usize = (ROW_FLAGS + usize(MAX_ROWS) * 4 + SLACK + 4095) & ~4095;
export const OUT_BYTES: usize = 4 * 1024 * 1024 + 4096;

export const TEXT: usize = OUT + OUT_BYTES + SLACK;
export const TEXT_BYTES: usize = 4 * 1024 * 1024;

/** Messages to be judged: start, end, verdict. */
export const SPAN_BYTES: usize = 12;
export const SPANS: usize = TEXT + TEXT_BYTES + SLACK;
/** The class of each byte, in the table's columns. */
export const CLASSES: usize = SPANS + usize(MAX_LINES) * SPAN_BYTES;
/** The table of a pattern: 512 Ki entries of four bytes. */
export const TABLE: usize = (CLASSES + 256 + 4095) & ~4095;
export const TABLE_ENTRIES: i32 = 512 * 1024;

export const REQUIRED: usize = (TABLE + usize(TABLE_ENTRIES) * 4 + SLACK + 4095) & ~4095;
export const REQUIRED_BYTES: usize = 24 * 1024;

export const BLOCKS: usize = REQUIRED + REQUIRED_BYTES;

/** The message is whole with this record. */
export const FINAL: i32 = 1;
/**
 * The fast form does not read this line: its scalar twin has to read it. Only `ROW_LINE_START`, `ROW_LINE_END` are set.
 */
export const SLOW: i32 = 2;
