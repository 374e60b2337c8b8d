// deno-lint-ignore-file no-console -- this is what it is for
/**
 * `deno task script`: a program for an image that has Deno itself. The Dockerfile calls it.
 *
 * @module
 */
import { parseArgs } from "node:util";
import type { ProgramName } from "../compile/programs.ts";
import { writeScript } from "./script.ts";

const { values } = parseArgs({
  options: {
    program: { type: "string", default: "agent" },
    output: { type: "string", default: "dist/script" },
    read: { type: "string", default: "" },
    env: { type: "string", default: "" },
    "v8-flags": { type: "string", default: "" },
  },
});

function programOf(name: string): ProgramName {
  if (name === "agent" || name === "collector") return name;
  throw new TypeError(`Cannot use --program: wanted agent or collector, got "${name}"`);
}

function listOf(text: string): readonly string[] {
  return text.split(",").map((entry) => entry.trim()).filter((entry) => entry !== "");
}

const program = programOf(values.program);
const v8Flags = listOf(values["v8-flags"]);
await writeScript({
  program,
  output: values.output,
  read: listOf(values.read),
  env: listOf(values.env),
  ...(v8Flags.length === 0 ? {} : { v8Flags }),
});
console.log(`${values.output}: the ${program}, which Deno runs`);
