// deno-lint-ignore-file no-console -- this is what it is for
/**
 * `deno task compile`: a program of the project as one file; `--help` tells how.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { BaseError, type Target, TARGETS } from "./base.ts";
import { BundleError } from "./bundle.ts";
import { CompileError, compileProgram } from "./compile.ts";
import { type ProgramName, PROGRAMS } from "./programs.ts";

const HELP = `Compiles a program of this project to one file.

Usage: deno task compile [OPTIONS]

Options:
  --program <NAME>    agent or collector [default: agent]
  --target <TARGET>   ${TARGETS.join(" or ")}
                      [default: this machine's]
  --output <FILE>     The file to write [default: dist/bin/cluster-agent, dist/bin/cluster-collector]
  --read <PATHS>      More folders that it may read, with commas
  --env <NAMES>       More names that it may read in its environment, with commas, as POD_IP,CLUSTER_*
  --v8-flags <FLAGS>  Other flags of V8 than the program's own, with commas
  --help              Print this help

Environment:
  DENORT_BIN          The runtime of the target that the program is put into; without it, Deno downloads it
  DENORT_SHA256       The checksum that DENORT_BIN has to have
  SOURCE_DATE_EPOCH   The time of the files in the program, in seconds since 1970 [default: 1980]
`;

const OPTIONS = {
  program: { type: "string", default: "agent" },
  target: { type: "string", default: Deno.build.target },
  output: { type: "string" },
  read: { type: "string", default: "" },
  env: { type: "string", default: "" },
  "v8-flags": { type: "string", default: "" },
  help: { type: "boolean" },
} as const;

/** A word of the command line cannot be used. */
class UsageError extends Error {}

function oneOf<Name extends string>(flag: string, text: string, names: readonly Name[]): Name {
  const found = names.find((name) => name === text);
  if (found === undefined) throw new UsageError(`Cannot use ${flag}: wanted ${names.join(" or ")}, got "${text}"`);
  return found;
}

function listOf(text: string): readonly string[] {
  return text.split(",").map((entry) => entry.trim()).filter((entry) => entry !== "");
}

/** Folders: a relative one would be looked for wherever the program is started. */
function foldersOf(text: string): readonly string[] {
  const folders = listOf(text);
  const wrong = folders.find((folder) => !folder.startsWith("/"));
  if (wrong === undefined) return folders;
  throw new UsageError(`Cannot use --read: wanted absolute paths, got "${wrong}"`);
}

/** Names: a bare `*` would be the whole environment. */
function namesOf(text: string): readonly string[] {
  const names = listOf(text);
  const wrong = names.find((name) => !/^[A-Za-z_][A-Za-z0-9_]*\*?$/.test(name));
  if (wrong === undefined) return names;
  throw new UsageError(`Cannot use --env: wanted names, with a * behind one for any rest, got "${wrong}"`);
}

function epochOf(text: string | undefined): { readonly sourceDateEpoch?: number } {
  if (text === undefined || text === "") return {};
  if (!/^\d{1,12}$/.test(text)) throw new UsageError(`Cannot use SOURCE_DATE_EPOCH: wanted seconds, got "${text}"`);
  return { sourceDateEpoch: Number(text) };
}

async function main(): Promise<void> {
  const { values } = parseArgs({ args: Deno.args, options: OPTIONS });
  if (values.help) return console.log(HELP);
  const program: ProgramName = oneOf("--program", values.program, ["agent", "collector"]);
  const target: Target = oneOf("--target", values.target, TARGETS);
  const output = values.output ?? `dist/bin/${PROGRAMS[program].executable}`;
  const path = Deno.env.get("DENORT_BIN") ?? "";
  const sha256 = Deno.env.get("DENORT_SHA256") ?? "";
  const v8Flags = listOf(values["v8-flags"]);
  if (sha256 !== "" && path === "") {
    throw new UsageError("Cannot use DENORT_SHA256 without DENORT_BIN: Deno does not say what it downloads");
  }
  await compileProgram({
    program,
    target,
    output,
    read: foldersOf(values.read),
    env: namesOf(values.env),
    ...(v8Flags.length === 0 ? {} : { v8Flags }),
    ...(path === "" ? {} : { base: { path, sha256 } }),
    ...epochOf(Deno.env.get("SOURCE_DATE_EPOCH")),
    warn: (text) => console.error(`Warning: ${text}`),
  });
  console.log(`${output}: the ${program} for ${target}`);
}

try {
  await main();
} catch (error) {
  const isUsage = error instanceof UsageError || error instanceof TypeError && "code" in error;
  const isExpected = isUsage || [BaseError, BundleError, CompileError].some((it) => error instanceof it);
  console.error(`Error: ${!(error instanceof Error) ? error : isExpected ? error.message : error.stack}`);
  Deno.exit(isUsage ? 2 : 1);
}
