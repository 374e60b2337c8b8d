/**
 * Reads a source that cannot seek, such as a pipe or a gzip decoder, as a log by position.
 *
 * It keeps at least the last 16 MiB. A forward reader never goes back farther, unless a line, or the parts of one
 * message at a stop time, are longer; then the read fails with that reason. The size is infinite, since the end is
 * unknown until it is reached. If the source fails, the log ends there, so that the bytes before are processed first;
 * then {@linkcode StreamedLog.failure} returns the error. If the source pauses after a whole line, a read returns what
 * has arrived, so that lines written into a pipe are searched at once.
 *
 * @module
 */
import { type LogFile, type LogPath, LogReadError } from "../../logs/log_file.ts";

const LINE_FEED = 0x0a;
const WINDOW_BYTES = 16 * 1024 * 1024;
const FIRST_BYTES = 1024 * 1024;
/** A source that gives nothing for so long pauses. */
const PAUSE_MS = 20;

/** Settings. */
export interface StreamedLogOptions {
  /** The name, for errors. */
  readonly name: string;
  /** Resolves to the next bytes, or `undefined` at the end. The next call may overwrite them. */
  readonly next: () => Promise<Uint8Array | undefined>;
  /** Closes the source. */
  readonly close: () => void;
  /** How far a reader may go back. @default {16777216} */
  readonly windowBytes?: number | undefined;
  /** Calls back when the source pauses, unless the returned function is called first. @default after 20 ms */
  readonly onPause?: ((paused: () => void) => () => void) | undefined;
}

/** A log that a failing source may end early. */
export interface StreamedLog extends LogFile {
  /** The source's error, once all bytes before it have been read. */
  readonly failure: () => Error | undefined;
}

/** Creates a log of a source's bytes. */
export function streamedLog(options: StreamedLogOptions): StreamedLog {
  const { name, next, close, windowBytes = WINDOW_BYTES, onPause = afterPause } = options;
  const window = createWindow(windowBytes);
  let coming: Promise<Uint8Array | undefined> | undefined;
  let hasEnded = false;
  let failure: Error | undefined;
  let lastRead: Promise<unknown> = Promise.resolve();

  /** Waits for more bytes; resolves to false if `mayPause` and the source pauses. */
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
    // Reads run in order: a reader may start one before the last has ended.
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

/** Resolves to the bytes, or to `paused`. */
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

/** The last bytes of a source, by their positions in it. */
interface Window {
  /** Adds bytes. */
  add(bytes: Uint8Array): void;
  /** The position of the first byte that is kept. */
  start(): number;
  /** The position after the last byte. */
  end(): number;
  /** The position after the last line feed at or after `position`. */
  lastLineEnd(position: number): number | undefined;
  /** Copies as many bytes of [position, end) as fit; returns their number. */
  copy(into: Uint8Array, position: number, end: number): number;
}

/**
 * Creates a window that keeps at least the last `windowBytes`. Its buffer grows to twice that size; when it is full,
 * the older half is dropped.
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
