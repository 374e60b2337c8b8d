/**
 * The lines of Docker's json-file logs, as the driver writes them and no looser: with the stream that the container
 * wrote to.
 *
 * The agent, which reads nothing but container logs, takes any object with a `log` and a `time` for a line of Docker's,
 * as the original does. A file that is named on the command line may be a program's own log in JSON: of
 * `{"log":"…","level":"error","time":"…"}` nothing but the first would be printed and searched.
 *
 * @module
 */
import { dockerJson } from "../../logs/docker_json.ts";
import type { LineFormat, LineHead } from "../../logs/line_head.ts";

const decoder = new TextDecoder("latin1");
/** In a text, quotes have a backslash before them. */
const STREAM = /"stream"\s*:\s*"std(?:out|err)"/;

function read(bytes: Uint8Array, start: number, end: number, head: LineHead): boolean {
  return dockerJson.read(bytes, start, end, head) && STREAM.test(decoder.decode(bytes.subarray(start, end)));
}

/** Docker's line format, strictly. What the kernel itself reads has a stream; it leaves all others to `read`. */
export const strictDocker: LineFormat = { kind: "docker", tagsParts: false, read };
