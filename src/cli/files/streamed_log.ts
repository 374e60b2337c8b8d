/**
 * Bytes that come one after the other – a pipe, what is unpacked – as a log that is read by position.
 *
 * Owns a window: the last bytes that came, at least 16 MiB of them, which is farther than a reader that goes forward
 * goes back, unless a line, or a run of parts of one message at a stop time, is longer than that; then reading fails
 * and says so. The end is not known before it is there: the size is infinite. Where the source fails, that is the end,
 * so that what came before is dealt with first; {@linkcode StreamedLog.failure} tells then. Where the source pauses
 * behind a whole line, a read gives what has come so far, so that what is written into a pipe is searched when it is
 * written.
 *
 * @module
 */
import { type LogFile, type LogPath, LogReadError } from "../../logs/log_file.ts";

const LINE_FEED = 0x0a;
const WINDOW_BYTES = 16 * 1024 * 1024;
const FIRST_BYTES = 1024 * 1024;
/** How long a source says nothing until that is a pause. */
const PAUSE_MS = 20;

/** What can be set. */
export interface StreamedLogOptions {
  /** The name, for errors. */
  readonly name: string;
  /** The next bytes, or `undefined` at the end. What it gives may be overwritten when it is called again. */
  readonly next: () => Promise<Uint8Array | undefined>;
  /** Lets go of the source. */
  readonly close: () => void;
  /** How far a reader may go back. @default {16777216} */
  readonly windowBytes?: number | undefined;
  /** Calls back when a source that has said nothing since pauses; returns what gives that up. @default after 20 ms */
  readonly onPause?: ((paused: () => void) => () => void) | undefined;
}

/** A log whose bytes may end before it does. */
export interface StreamedLog extends LogFile {
  /** What the source failed with, once its bytes have been read to where it did. */
  readonly failure: () => Error | undefined;
}

/** The bytes of a source as a log. */
export function streamedLog(options: StreamedLogOptions): StreamedLog {
  const { name, next, close, windowBytes = WINDOW_BYTES, onPause = afterPause } = options;
  const window = createWindow(windowBytes);
  let coming: Promise<Uint8Array | undefined> | undefined;
  let hasEnded = false;
  let failure: Error | undefined;
  let lastRead: Promise<unknown> = Promise.resolve();

  /** Waits for more; `false` where the source pauses and `mayPause`. */
  async function takeMore(mayPause: boolean): Promise<boolean> {
    coming ??= next().catch((error: Error) => void (failure = error));
    const bytes = mayPause ? await unlessPaused(coming, onPause) : await coming;
    if (bytes === "paused") return false;
    coming = undefined;
    if (bytes === undefined) hasEnded = true;
    else window.add(bytes);
    return true;
  }

  async function read(into: Uint8Array, position: number): Promise<number> {
    const wanted = position + into.length;
    let end = wanted;
    while (window.end() < wanted && !hasEnded) {
      const lineEnd = window.lastLineEnd(position);
      if (await takeMore(lineEnd !== undefined)) continue;
      end = lineEnd ?? wanted;
      break;
    }
    if (position < window.start()) {
      throw new LogReadError(
        `Cannot go back to byte ${position} of ${name}: only the last ${windowBytes} bytes of what is no file are kept`,
      );
    }
    return window.copy(into, position, end);
  }

  return {
    path: name as LogPath,
    size: () => Infinity,
    failure: () => failure,
    // One after the other: a reader may ask for what comes next before it has what it asked for.
    read: (into, position): Promise<number> => {
      const reading = lastRead.then(() => read(into, position));
      lastRead = reading.catch(() => {});
      return reading;
    },
    [Symbol.dispose]: close,
  };
}

function afterPause(paused: () => void): () => void {
  const timer = setTimeout(paused, PAUSE_MS);
  return () => clearTimeout(timer);
}

/** What comes, or `paused`. */
async function unlessPaused<T>(
  coming: Promise<T>,
  onPause: NonNullable<StreamedLogOptions["onPause"]>,
): Promise<T | "paused"> {
  const pause = Promise.withResolvers<"paused">();
  const giveUp = onPause(() => pause.resolve("paused"));
  try {
    return await Promise.race([coming, pause.promise]);
  } finally {
    giveUp();
  }
}

/** The last bytes of a source. Positions count from its beginning. */
interface Window {
  /** Adds bytes. */
  add(bytes: Uint8Array): void;
  /** The position of the first byte that is kept. */
  start(): number;
  /** The position behind the last one. */
  end(): number;
  /** The position behind the last line feed at or after `position`. */
  lastLineEnd(position: number): number | undefined;
  /** Copies the bytes of [position, end), as many as fit; returns how many. */
  copy(into: Uint8Array, position: number, end: number): number;
}

/**
 * A window that keeps at least the last `windowBytes`: a buffer of twice that size, once that much has come, whose
 * older half goes when it is full.
 */
function createWindow(windowBytes: number): Window {
  let bytes = new Uint8Array(Math.min(FIRST_BYTES, 2 * windowBytes));
  let start = 0;
  let length = 0;

  function makeRoom(count: number): void {
    if (length + count <= bytes.length) return;
    const kept = Math.min(length, windowBytes);
    const room = kept + count;
    if (length + count > 2 * windowBytes) {
      bytes.copyWithin(0, length - kept, length);
      start += length - kept;
      length = kept;
    }
    if (room <= bytes.length && length + count <= bytes.length) return;
    const grown = new Uint8Array(Math.max(length + count, Math.min(bytes.length * 2, 2 * windowBytes)));
    grown.set(bytes.subarray(0, length));
    bytes = grown;
  }

  return {
    add: (more): void => {
      makeRoom(more.length);
      bytes.set(more, length);
      length += more.length;
    },
    start: () => start,
    end: () => start + length,
    lastLineEnd: (position): number | undefined => {
      const feed = length === 0 ? -1 : bytes.lastIndexOf(LINE_FEED, length - 1);
      return feed >= 0 && start + feed >= position ? start + feed + 1 : undefined;
    },
    copy: (into, position, end): number => {
      const part = bytes.subarray(position - start, Math.max(position - start, Math.min(end - start, length)));
      const fits = part.subarray(0, into.length);
      into.set(fits);
      return fits.length;
    },
  };
}
