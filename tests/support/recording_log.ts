/**
 * An operator's log that keeps its lines.
 *
 * @module
 */
import type { LogFields, Logger } from "../../src/telemetry/log.ts";

/** One line. */
export interface RecordedLine {
  /** How serious it is. */
  readonly level: string;
  /** Its message. */
  readonly message: string;
  /** What it has beside. */
  readonly fields: LogFields;
}

/** A log, and the lines that it has got. */
export interface RecordingLog {
  /** The log. */
  readonly log: Logger;
  /** Its lines, in order. */
  readonly lines: readonly RecordedLine[];
  /** Returns the lines since it was last called, as level and message, and the reason where there is one. */
  take(): string[];
}

/** A log without lines. */
export function createRecordingLog(): RecordingLog {
  const lines: RecordedLine[] = [];
  let taken = 0;
  const line = (level: string) => (message: string, fields: LogFields = {}): void => {
    lines.push({ level, message, fields });
  };
  return {
    lines,
    log: { error: line("error"), warn: line("warn"), info: line("info"), debug: line("debug"), trace: line("trace") },
    take: () => {
      const fresh = lines.slice(taken).map(({ level, message, fields: { reason } }) =>
        reason === undefined ? `${level}: ${message}` : `${level}: ${message}: ${reason}`
      );
      taken = lines.length;
      return fresh;
    },
  };
}
