/**
 * Which format a log has, by its first lines.
 *
 * @module
 */
import { byteLines } from "./byte_lines.ts";
import { cri } from "./cri.ts";
import { dockerJson } from "./docker_json.ts";
import { emptyHead, type LineFormat } from "./line_head.ts";

const FORMATS: readonly LineFormat[] = [cri, dockerJson];

/** The names of Docker's driver, `<id>-json.log`, and those of files that were rotated. */
const DOCKER_NAME = /-json\.log(?:[.\-_][^/]*)?$/;

/** Returns the format that the name of a log's real file, or of a rotated one, stands for. */
export function formatOfName(path: string): LineFormat {
  return DOCKER_NAME.test(path) ? dockerJson : cri;
}

/**
 * Returns the format of the first line of `bytes` that is a record in either one; where there is none, that of the
 * file's name. A name can be wrong: a log driver's file that was copied, a runtime that was replaced.
 */
export function formatOfContent(bytes: Uint8Array, path: string): LineFormat {
  return formatOfLines(bytes) ?? formatOfName(path);
}

/** By what rules a log's format is detected. */
export interface FormatRules {
  /** The format of a log that begins with these bytes; `undefined` where they do not tell. */
  readonly ofLines: (first: Uint8Array) => LineFormat | undefined;
  /** The format of a log whose lines do not tell, by the path of its file. */
  readonly ofName: (path: string) => LineFormat;
}

/** The format of the first line of `bytes` that is a record in either one. No line is a record in both. */
export function formatOfLines(bytes: Uint8Array): LineFormat | undefined {
  const head = emptyHead();
  for (const { start, end } of byteLines(bytes)) {
    const format = FORMATS.find((one) => one.read(bytes, start, end, head));
    if (format !== undefined) return format;
  }
  return undefined;
}

/** The rules of the agent, which reads nothing but container logs. */
export const AGENT_FORMATS: FormatRules = { ofLines: formatOfLines, ofName: formatOfName };
