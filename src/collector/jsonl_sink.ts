/**
 * Events as lines of JSON: the sink that needs no other program.
 *
 * @module
 */
import { eventJson } from "./pod_event.ts";
import type { Sink } from "./sink.ts";
import { untilAborted } from "../scheduling/abortable.ts";

/** Texts are gathered up to about this length. */
const FLUSH_CHARS = 65_536;

/** A sink of whole lines; `print` takes some at a time. */
export function createJsonlSink({ print }: { readonly print: (lines: string) => void }): Sink {
  let lines = "";
  const flush = (): void => {
    if (lines === "") return;
    const taken = lines;
    lines = "";
    print(taken);
  };
  return {
    write: (event) => {
      lines += `${JSON.stringify(eventJson(event))}\n`;
      if (lines.length >= FLUSH_CHARS) flush();
    },
    flush,
    run: async ({ onListener, signal }) => {
      if (signal.aborted) return;
      onListener();
      flush();
      try {
        await untilAborted({ signal });
      } catch (error) {
        if (!signal.aborted) throw error;
      }
    },
  };
}
