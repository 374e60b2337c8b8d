/**
 * A gzipped log that is read by position, as a plain log is.
 *
 * A read decodes from the end of the read before, or from the nearest restart point. It borrows a window from the pool
 * and returns it, so that memory depends neither on the size nor on the direction. A damaged file can be read up to
 * its first fault; `isWhole` reports that.
 *
 * @module
 */
import { GzipPool } from "./gzip_pool.ts";
import { type LogFile, type LogPath, LogReadError, type OpenLogFile } from "./log_file.ts";

/** The content of a gzipped log. */
export interface GzipLog extends LogFile {
  /** Whether all of it can be read: it is neither damaged nor longer than `maxBytes`. */
  readonly isWhole: boolean;
}

/** Settings. */
export interface GzipLogOptions {
  /** Ends opening and reading; both reject with the signal's reason. */
  readonly signal: AbortSignal;
  /** The most content that is read, in bytes: a few kilobytes can decode to gigabytes. @default {1073741824} */
  readonly maxBytes?: number | undefined;
  /** The windows. @default those of the process */
  readonly pool?: GzipPool | undefined;
}

/** While the size of a content is determined, its window is returned after so many bytes. */
const STEP_BYTES = 8 * 1024 * 1024;

const processPool = new GzipPool();

/**
 * Opens a gzipped log and owns its file from then on. Decodes it once to find its size, unless another reader of the
 * same file has done so.
 */
export async function openGzipLog(
  file: LogFile & Partial<Pick<OpenLogFile, "id" | "state">>,
  options: GzipLogOptions,
): Promise<GzipLog> {
  const { signal, maxBytes = 1024 * 1024 * 1024, pool = processPool } = options;
  const name = nameOf(file, maxBytes);
  const content = pool.open(name);
  const reading = { content, file, signal };
  let last: Promise<unknown> = Promise.resolve();
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
    while (content.size === undefined) await content.enqueue(measure);
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
    // Reads run in order: each continues where the one before ended.
    read: (into, position) => {
      const result = last.then(() => read(into, position));
      last = result.catch(() => {});
      return result;
    },
    [Symbol.dispose]: () => {
      close();
      file[Symbol.dispose]();
    },
  };
}

/** The name under which readers of the same file share its content. No other file has it while this one is open. */
function nameOf(file: LogFile & Partial<Pick<OpenLogFile, "id" | "state">>, maxBytes: number): string | undefined {
  if (file.id === undefined || file.state === undefined) return undefined;
  const { size, modifiedMs } = file.state();
  return `${file.id} ${size} ${modifiedMs} ${maxBytes}`;
}
