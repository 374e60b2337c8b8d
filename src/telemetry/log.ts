/**
 * Log lines: one JSON object per line, or one line for people, each with time, level, message and fields. The only
 * place that decides what a line looks like; where it goes is the `write` that it is given. Messages never break a
 * line, whatever they hold.
 * @module
 */

/** How serious a line is. */
export type LogLevel = "error" | "warn" | "info" | "debug" | "trace";

/** What a line says besides its message. */
export type LogFields = Readonly<Record<string, string | number | boolean>>;

/** Writes one line of its level, if that is wanted. */
export type LogLine = (message: string, fields?: LogFields) => void;

/** The most characters of a text from outside that a line shows. */
const SHOWN_LENGTH = 256;

/** The beginning of a text from outside, for a field. What it must not do to a line is seen to when that is written. */
export function shownText(text: string, maxLength: number = SHOWN_LENGTH): string {
  return text.length <= maxLength ? text : `${text.slice(0, maxLength)}…`;
}

/** One function per level. */
export type Logger = Readonly<Record<LogLevel, LogLine>>;

/** How lines look and which are written. */
export interface LoggerOptions {
  /** The least serious lines that are written. @default "info" */
  readonly level?: LogLevel;
  /** The look of a line. @default "json" */
  readonly format?: "json" | "pretty";
  /** Whether anything is written at all. @default true */
  readonly enabled?: boolean;
  /** Takes one line with its line feed; must not throw. */
  readonly write: (line: string) => void;
  /** Takes the lines below `info` instead: there may be thousands a second. @default {write} */
  readonly writeMany?: ((line: string) => void) | undefined;
  /** Milliseconds since 1970. @default Date.now */
  readonly now?: () => number;
}

/** From the most to the least serious. */
const LEVELS: readonly LogLevel[] = ["error", "warn", "info", "debug", "trace"];

/** The program's name in every line, as the readers of the logs know it. */
const TARGET = "cluster_agent";

/** A logger that writes what `level` lets through. */
export function createLogger(options: LoggerOptions): Logger {
  const {
    level = "info",
    format = "json",
    enabled = true,
    write,
    writeMany = write,
    now = Date.now,
  } = options;
  const lineOf = format === "pretty" ? prettyLine : jsonLine;
  const wanted = enabled ? LEVELS.indexOf(level) : -1;

  function line(of: LogLevel): LogLine {
    if (LEVELS.indexOf(of) > wanted) return ignore;
    const take = of === "debug" || of === "trace" ? writeMany : write;
    return (message, fields = {}) => {
      take(
        `${
          lineOf({
            timestamp: new Date(now()).toISOString(),
            level: of.toUpperCase(),
            message,
            fields,
          })
        }\n`,
      );
    };
  }
  return {
    error: line("error"),
    warn: line("warn"),
    info: line("info"),
    debug: line("debug"),
    trace: line("trace"),
  };
}

/** Writes nothing. */
export const silentLogger: Logger = {
  error: ignore,
  warn: ignore,
  info: ignore,
  debug: ignore,
  trace: ignore,
};

/** Whether a logger writes nothing at that level: then nothing has to be put together for it. */
export function isSilent(line: LogLine): boolean {
  return line === ignore;
}

interface Line {
  readonly timestamp: string;
  readonly level: string;
  readonly message: string;
  readonly fields: LogFields;
}

function jsonLine({ timestamp, level, message, fields }: Line): string {
  return visible(JSON.stringify({
    timestamp,
    level,
    fields: Object.assign({ message }, fields, { message }),
    target: TARGET,
  }));
}

function prettyLine({ timestamp, level, message, fields }: Line): string {
  const words = Object.entries(fields).map(([name, value]) => ` ${visible(name)}=${valueText(value)}`);
  return `${timestamp} ${level.padStart(5)} ${visible(message)}${words.join("")}`;
}

function valueText(value: string | number | boolean): string {
  const text = String(value);
  return visible(/^[^\s"=]+$/.test(text) ? text : JSON.stringify(text));
}

/**
 * Writes control characters, and those that change the direction of a text, as escapes. A caller's text must not move
 * the cursor, begin a line of its own, or show its words in another order. In JSON these are escapes of JSON.
 */
function visible(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

function ignore(): void {}
