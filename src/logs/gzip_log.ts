/**
 * A compressed rotated log, read by position as if it were not.
 *
 * Reading on is decoding on; reading anywhere else is decoding from the nearest restart point. Memory for that is lent while a read goes on, whatever the
 * size and the direction. What a damaged file holds before the fault can be read; `isWhole` tells that it is not all.
 *
 * @module
 */
import { GzipPool } from "./gzip_pool.ts";
import { type LogFile, type LogPath, LogReadError, type OpenLogFile } from "./log_file.ts";

/** The content of a compressed file. */
export interface GzipLog extends LogFile {
  /** Whether all of it can be read: neither damaged nor longer than the cap. */
  readonly isWhole: boolean;
}

/** What can be set. */
export interface GzipLogOptions {
  /** Ends opening and reading; both reject with the signal's reason. */
  readonly signal: AbortSignal;
  /** What is read of the content at most, in bytes: a few kilobytes can hold gigabytes. @default {1073741824} */
  readonly maxBytes?: number | undefined;
  /** Where memory is lent. @default the process's own */
  readonly pool?: GzipPool | undefined;
}

/** What is decoded before others have their turn, where the end is looked for. */
const STEP_BYTES = 8 * 1024 * 1024;

const processPool = new GzipPool();

/** Opens the content of a compressed file, which it owns from now on. Decodes it once, to know its size. */
export async function openGzipLog(
  file: LogFile & Partial<Pick<OpenLogFile, "id" | "state">>,
  options: GzipLogOptions,
): Promise<GzipLog> {
  const { signal, maxBytes = 1024 * 1024 * 1024, pool = processPool } = options;
  const name = nameOf(file, maxBytes);
  const content = pool.open(name);
  const reading = { content, file, signal };
  let turn: Promise<unknown> = Promise.resolve();
  let isOpen = true;

  const close = (): void => {
    if (isOpen) pool.close(name, content);
    isOpen = false;
  };

  async function measure(): Promise<void> {
    const from = content.measuredTo;
    if (content.size !== undefined) return;
    await pool.use(
      { from, to: from },
      reading,
      (window) => window.measure(reading, { stepBytes: STEP_BYTES, maxBytes }),
    );
  }

  try {
    while (content.size === undefined) await content.inTurn(measure);
  } catch (error) {
    close();
    throw error;
  }
  const { size } = content;

  async function read(into: Uint8Array, position: number): Promise<number> {
    const wanted = into.subarray(0, Math.max(0, size - position));
    if (wanted.length === 0) return 0;
    const range = { from: position, to: position + wanted.length };
    const count = await pool.use(range, reading, (window) => window.read(wanted, position, reading));
    if (count < wanted.length) {
      throw new LogReadError(`Cannot read ${file.path} at byte ${position + count}: it is not what it was`);
    }
    return count;
  }

  return {
    path: file.path.replace(/\.gz$/, "") as LogPath,
    isWhole: content.isWhole,
    size: () => size,
    // One after the other: the next one goes on where the one before has ended.
    read: (into, position) => {
      const result = turn.then(() => read(into, position));
      turn = result.catch(() => {});
      return result;
    },
    [Symbol.dispose]: () => {
      close();
      file[Symbol.dispose]();
    },
  };
}

/** By what others know the same content: no other file is this one while it is open. */
function nameOf(file: LogFile & Partial<Pick<OpenLogFile, "id" | "state">>, maxBytes: number): string | undefined {
  if (file.id === undefined || file.state === undefined) return undefined;
  const { size, modifiedMs } = file.state();
  return `${file.id} ${size} ${modifiedMs} ${maxBytes}`;
}
