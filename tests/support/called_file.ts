/**
 * A log file that tells of the calls to it, so that a test can do something between two of them.
 *
 * @module
 */
import type { OpenLogFile } from "../../src/logs/log_file.ts";

/** The file, with `afterCall` called after each call to it. */
export function withCalls(file: OpenLogFile, afterCall: () => void): OpenLogFile {
  const called = <T>(result: T): T => {
    afterCall();
    return result;
  };
  return {
    ...file,
    size: () => called(file.size()),
    state: () => called(file.state()),
    peek: (into, position) => called(file.peek(into, position)),
    read: async (into, position) => called(await file.read(into, position)),
  };
}
