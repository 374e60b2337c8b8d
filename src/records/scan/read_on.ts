/**
 * Goes on with a scan behind the end that its file had when it began.
 *
 * @module
 */
import { sendForward } from "./forward.ts";
import type { LogScan } from "./log_scan.ts";
import type { LastLine } from "./whole_lines.ts";

/**
 * Sends the lines that begin in [from, to) and were written since the scan began. Resolves to the end of the last one.
 */
export async function readOn(
  log: LogScan,
  from: number,
  options: { readonly to: number; readonly lastLine?: LastLine },
): Promise<number> {
  const { to, lastLine = "left" } = options;
  if (to <= from) return from;
  // What was read ahead, and learnt of the file's end, is no longer so.
  await log.reader.idle();
  log.scan.nextFinal = undefined;
  return await sendForward(log, { from, to }, { lastLine });
}
