/**
 * What lines a file has that was named on the command line: those of a container log, or others. Decided once for the
 * file, by its first lines.
 *
 * Stricter than the agent, which reads nothing but container logs: there, a time and what follows it by its place make
 * a record; but many a program's own log begins its lines with a time, too, and would lose the words behind it.
 *
 * @module
 */
import { byteLines } from "../../logs/byte_lines.ts";
import { formatOfName, type FormatRules } from "../../logs/line_format.ts";
import { emptyHead, type LineFormat } from "../../logs/line_head.ts";
import type { LogFile, OpenLogFile } from "../../logs/log_file.ts";
import { plainLines } from "./plain_lines.ts";
import { strictCri } from "./strict_cri.ts";
import { strictDocker } from "./strict_docker.ts";

/** Bytes from which is told what lines a file has; more, where there is no record among them and one is looked for. */
const SNIFFED_BYTES = 64 * 1024;
const SNIFFED_FOR_RECORD_BYTES = 1024 * 1024;

const FORMATS = [strictCri, strictDocker] as const;
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
/** A time, a stream, a tag. */
const CRI_START = /^\d{4}-\d\d-\d\dT\S{9,53} std(?:out|err) [FP](?::\S*)?(?: |$)/;
const DOCKER_START = /^\{"log":"/;

/**
 * How the lines of a file read whose first bytes these are: as a log's where half of those that are not empty are its
 * records.
 */
export function linesOf(first: Uint8Array): LineFormat {
  const { whole, cut } = linesIn(first);
  // What is cut short is told by its beginning, and only where there is nothing else.
  if (whole.length === 0) {
    const text = decoder.decode(cut);
    return CRI_START.test(text) ? strictCri : DOCKER_START.test(text) ? strictDocker : plainLines;
  }
  return FORMATS.find((format) => isHalf(whole, format)) ?? plainLines;
}

/** What the first bytes of an input tell. */
export interface SniffedLines {
  /** How its lines read, for searching whatever it is. */
  readonly format: LineFormat;
  /** Whether there are none. */
  readonly isEmpty: boolean;
  /** Where the first NUL byte is, which no text has; −1 where there is none among the first bytes. */
  readonly nulAt: number;
}

/** Tells how an input's lines read. */
export async function sniffLines(file: LogFile): Promise<SniffedLines> {
  const first = await firstBytes(file, SNIFFED_BYTES);
  return { format: linesOf(first), isEmpty: first.length === 0, nulAt: first.indexOf(0) };
}

/** How the records of a log read. Where there is none, as CRI's: no line that only begins with a time is one. */
export async function sniffRecords(file: LogFile): Promise<LineFormat> {
  const first = await firstBytes(file, SNIFFED_BYTES);
  const format = recordsOf(first);
  if (format !== undefined || first.length < SNIFFED_BYTES) return format ?? strictCri;
  return recordsOf(await firstBytes(file, SNIFFED_FOR_RECORD_BYTES)) ?? strictCri;
}

/** Does as {@linkcode sniffRecords}, at once. */
export function sniffRecordsSync(file: OpenLogFile): LineFormat {
  const first = new Uint8Array(Math.min(SNIFFED_FOR_RECORD_BYTES, file.size()));
  return recordsOf(first.subarray(0, file.peek(first, 0))) ?? strictCri;
}

/** The rules by which the format of a file is detected that is followed from its beginning. */
export const FILE_FORMATS: FormatRules = {
  ofLines: recordsOf,
  ofName: (path) => formatOfName(path).kind === "docker" ? strictDocker : strictCri,
};

/** The format of the first line that is a record, or of a line that begins as one where no other is whole. */
function recordsOf(first: Uint8Array): LineFormat | undefined {
  const { whole, cut } = linesIn(first);
  for (const line of [...whole, cut]) {
    const format = FORMATS.find((one) => isRecord(one, line));
    if (format !== undefined) return format;
  }
  return whole.length === 0 && CRI_START.test(decoder.decode(cut)) ? strictCri : undefined;
}

async function firstBytes(file: LogFile, count: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(Math.min(count, file.size()));
  return bytes.subarray(0, await file.read(bytes, 0));
}

/** The lines that are not empty, without their line feeds, and what no line feed closes. */
function linesIn(bytes: Uint8Array): { readonly whole: readonly Uint8Array[]; readonly cut: Uint8Array } {
  const whole: Uint8Array[] = [];
  for (const { start, end, isClosed } of byteLines(bytes)) {
    if (!isClosed) return { whole, cut: bytes.subarray(start) };
    if (end > start) whole.push(bytes.subarray(start, end));
  }
  return { whole, cut: bytes.subarray(bytes.length) };
}

function isHalf(lines: readonly Uint8Array[], format: LineFormat): boolean {
  return lines.filter((line) => isRecord(format, line)).length * 2 >= lines.length;
}

/**
 * Whether a line is a record that tells its time: an object of a program's own that has a `log` and a `time` mostly has
 * that in another form.
 */
function isRecord(format: LineFormat, line: Uint8Array): boolean {
  const head = emptyHead();
  return format.read(line, 0, line.length, head) && (head.seconds !== 0 || head.nanos !== 0);
}
