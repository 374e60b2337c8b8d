/**
 * `cluster-agent collect --replay`: recorded traces in, the same lines with our events out.
 *
 * @module
 */
import { createReplay } from "../../collector/replay.ts";
import type { CollectCommand } from "./collect_flags.ts";

/** Reads the file, or standard input, line by line. */
export async function replay({ traces, parity }: Pick<CollectCommand, "traces" | "parity">): Promise<void> {
  const run = createReplay({ parity });
  const input = traces === "-" ? Deno.stdin.readable : (await Deno.open(traces)).readable;
  const lines = input.pipeThrough(new TextDecoderStream()).pipeThrough(lineByLine())
    .pipeThrough(
      new TransformStream<string, string>({
        transform: (line, controller) => {
          if (line !== "") controller.enqueue(`${run(line)}\n`);
        },
      }),
    );
  await lines.pipeThrough(new TextEncoderStream()).pipeTo(Deno.stdout.writable, { preventClose: true });
}

function lineByLine(): TransformStream<string, string> {
  let begun = "";
  return new TransformStream({
    transform: (chunk, controller) => {
      const lines = (begun + chunk).split("\n");
      begun = lines.pop() ?? "";
      for (const line of lines) controller.enqueue(line);
    },
    flush: (controller) => controller.enqueue(begun),
  });
}
