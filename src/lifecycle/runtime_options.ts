/**
 * Refuses what the environment can tell the runtime to do with this program, and nobody tells it on purpose: to open a
 * debugger, to run another file first, or to write what goes over its connections, tokens included, to stderr.
 *
 * The runtime reads `NODE_OPTIONS` and `NODE_DEBUG` before the program starts and asks for no permission. A file that
 * it has run can undo this check; the check is for what something injects into every pod.
 *
 * @module
 */
import "node:process"; // Without it, `node:util` does not know the environment.
import { debuglog } from "node:util";

/** The environment tells the runtime to do something that the program must not do. */
export class RuntimeOptionError extends Error {
  /** The class, as an error log shows it. */
  override readonly name = "RuntimeOptionError";
}

/** Options by which the runtime opens a debugger, or runs a file before the program. */
const REFUSED = /^(--inspect(-\w+)*|-r|--require|--import|--loader|--experimental-loader)(=|$)/;

/** Parts of the platform that write what is sent and received, headers with tokens included. */
const TELLING = ["http", "https", "http2", "net", "stream", "tls"];

/** How the environment is read. */
export interface RuntimeOptions {
  /** The value of a variable. @default {Deno.env.get, which needs no permission for NODE_OPTIONS} */
  readonly env?: (name: string) => string | undefined;
  /** Whether `NODE_DEBUG` names a part of the platform. @default {as the runtime has understood it} */
  readonly isDebugged?: (part: string) => boolean;
}

/** Throws a {@linkcode RuntimeOptionError} where the environment has such an option. */
export function checkRuntimeOptions(options: RuntimeOptions = {}): void {
  const { env = (name) => Deno.env.get(name), isDebugged = (part) => debuglog(part).enabled } = options;
  const words = (env("NODE_OPTIONS") ?? "").split(/[\s"']+/);
  const refused = words.find((word) => REFUSED.test(word));
  if (refused !== undefined) {
    const option = refused.replace(/=.*/s, "");
    throw new RuntimeOptionError(
      `Cannot start with "${option}" in NODE_OPTIONS: it opens a debugger in this process, or runs other code in it`,
    );
  }
  const part = TELLING.find(isDebugged);
  if (part !== undefined) {
    throw new RuntimeOptionError(`Cannot start with "${part}" in NODE_DEBUG: it writes tokens to the log`);
  }
}
