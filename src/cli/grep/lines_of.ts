/**
 * What lines a file has that was named on the command line: those of a container log, or others.
 *
 * Stricter than the agent, which reads nothing but container logs: there, a time and what follows it by its place make a record; but many a program's own log
 * begins its lines with a time, too, and would lose the words behind it.
 *
 * @module
 */
import { cri } from "../../logs/cri.ts";
import { dockerJson } from "../../logs/docker_json.ts";
import { emptyHead, type LineFormat } from "../../logs/line_head.ts";
import { plainLines } from "./plain_lines.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
/** A time, a stream, a tag. */
const CRI_START = /^\S{20,64} std(?:out|err) [A-Z]\S*(?: |$)/;
const DOCKER_START = /^\{"log":"/;

/** How the lines of a file read whose first bytes these are: as a log's where half of those that are not empty are its records. */
export function linesOf(first: Uint8Array): LineFormat {
  const lines = decoder.decode(first).split("\n");
  // What is cut short is told by its beginning, and only where there is nothing else.
  const cut = lines.pop() ?? "";
  const whole = lines.filter((line) => line !== "");
  if (whole.length === 0) return CRI_START.test(cut) ? cri : DOCKER_START.test(cut) ? dockerJson : plainLines;
  if (isHalf(whole, (line) => CRI_START.test(line) && isRecord(cri, line))) return cri;
  return isHalf(whole, (line) => isRecord(dockerJson, line)) ? dockerJson : plainLines;
}

function isHalf(lines: readonly string[], is: (line: string) => boolean): boolean {
  return lines.filter(is).length * 2 >= lines.length;
}

function isRecord(format: LineFormat, line: string): boolean {
  const bytes = encoder.encode(line);
  return format.read(bytes, 0, bytes.length, emptyHead());
}
