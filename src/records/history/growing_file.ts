/**
 * The newest rotated file of a log while its writer may still write to it: how far it was read, and its rest.
 *
 * @module
 */
import { LogReadError, type OpenLogFile } from "../../logs/log_file.ts";
import { LogCutError, type UncutLog } from "../../logs/uncut_log.ts";
import type { LogPosition } from "../log_position.ts";
import type { RecordQuery } from "../query.ts";
import type { RecordSink } from "../record_sink.ts";
import { sendForward } from "../scan/forward.ts";
import { scanLog, type ScanOptions } from "../scan/log_scan.ts";
import type { LastLine } from "../scan/whole_lines.ts";

/** What the rest of a file is sent with. */
export interface RestOptions extends ScanOptions {
  /** What becomes of a last line that no line feed closes; asked when all before it was sent. @default it is sent */
  readonly lastLine?: (() => LastLine) | undefined;
  /** Called where the rest cannot be read. */
  readonly onGap?: ((path: string, reason: string, options?: { readonly lostBytes: number }) => void) | undefined;
}

/** An open file that may grow, read up to an offset. */
export class GrowingFile implements Disposable {
  readonly #log: UncutLog;
  #offset: number;
  #lineStart: number;

  /** Owns the file from now on. */
  constructor(log: UncutLog, offset: number) {
    this.#log = log;
    this.#offset = offset;
    this.#lineStart = offset;
  }

  /** Up to where it was read. */
  get position(): LogPosition {
    return { id: this.#log.id, offset: this.#offset };
  }

  /** Where the last line begins that was sent unfinished; or up to where the file was read. */
  get lineStart(): number {
    return this.#lineStart;
  }

  /** The file itself. */
  get file(): OpenLogFile {
    return this.#log.file;
  }

  /** Sends the records that were written to it since. */
  async sendRest(query: RecordQuery, options: RestOptions): Promise<void> {
    const { lastLine = (): LastLine => "sent", onGap } = options;
    const log = this.#log;
    try {
      const to = log.size();
      if (to <= this.#offset) return;
      await scanLog(log, query, {
        ...options,
        run: async (scan) => {
          const range = { from: this.#offset, to };
          this.#lineStart = this.#offset = await sendForward(scan, range, { lastLine: "left" });
          if (this.#offset >= to || lastLine() === "left") return;
          await scan.reader.idle();
          scan.scan.nextFinal = undefined;
          let sent = 0;
          const sink: RecordSink = {
            send: (batch) => {
              const rows = scan.sink.send(batch);
              sent += rows;
              return rows;
            },
            ready: () => scan.sink.ready(),
          };
          const end = await sendForward({ ...scan, sink }, { from: this.#offset, to }, { lastLine: "sent" });
          // Of which nothing could be sent is read again when more of it is there.
          if (sent > 0) this.#offset = end;
        },
      });
    } catch (error) {
      if (!(error instanceof LogReadError)) throw error;
      onGap?.(log.path, error.message, { lostBytes: error instanceof LogCutError ? error.lostBytes : 0 });
    }
  }

  /** Closes the file. */
  [Symbol.dispose](): void {
    this.#log[Symbol.dispose]();
  }
}
