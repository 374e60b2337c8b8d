/**
 * A program as one file: the bundle in a runtime, with what it may do and how V8 keeps its memory.
 *
 * The same sources give the same bytes: the environment of the builder has no say, and files have a fixed time. The
 * folder of the compilation holds the bundle and the permission set alone: beside the project's deno.json, Deno would
 * put every package of its lock file into the program.
 *
 * @module
 */
import { basename, dirname, resolve } from "node:path";
import config from "../../deno.json" with { type: "json" };
import { type Base, checkBase, type Target } from "./base.ts";
import { bundleTo } from "./bundle.ts";
import { setFlags } from "./permissions.ts";
import { type ProgramName, PROGRAMS, TELEMETRY } from "./programs.ts";
import { giveStableNames } from "./stable_names.ts";

/** What is compiled, and where to. */
export interface CompileOptions {
  readonly program: ProgramName;
  readonly target: Target;
  /** The file to write. */
  readonly output: string;
  /** Further folders that it may read. @default {[]} */
  readonly read?: readonly string[];
  /** Further names in its environment. @default {[]} */
  readonly env?: readonly string[];
  /** Other flags of V8 than the program's own. @default {those of `PROGRAMS`} */
  readonly v8Flags?: readonly string[];
  /** What it is put into. @default {what Deno downloads} */
  readonly base?: Base;
  /** The time of the files in it, in seconds since 1970. @default {1980} */
  readonly sourceDateEpoch?: number;
  /** The environment of the builder, of which a few names reach Deno. @default {this process's own} */
  readonly builder?: Readonly<Record<string, string>>;
  /** Takes what the builder should know. */
  readonly warn: (text: string) => void;
}

/** The program could not be compiled. */
export class CompileError extends Error {
  /** The class, as an error log shows it. */
  override readonly name = "CompileError";
}

/** 1980-01-01, the first day that archives can tell. */
const DEFAULT_EPOCH = 315_532_800;

/** Of the builder's environment: where Deno keeps what it has downloaded, and how it reaches the network. */
const BUILDER_ENV = [
  "PATH",
  "HOME",
  "DENO_DIR",
  "XDG_CACHE_HOME",
  "TMPDIR",
  ...["HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"].flatMap((name) => [name, name.toLowerCase()]),
];
/** Only for the bundle: `deno compile` would write certificates into the program. */
const BUNDLER_ENV = ["DENO_CERT", "DENO_TLS_CA_STORE", "NPM_CONFIG_REGISTRY"];

/** Compiles a program. Throws a {@linkcode CompileError}, a `BaseError` or a `BundleError`. */
export async function compileProgram(options: CompileOptions): Promise<void> {
  const { program, target, base, sourceDateEpoch = DEFAULT_EPOCH, builder = Deno.env.toObject() } = options;
  if (base !== undefined) {
    for (const warning of await checkBase(base, target)) options.warn(warning);
  }
  const output = resolve(options.output);
  await Deno.mkdir(dirname(output), { recursive: true });
  // Beside the output, so that it can be renamed: the file is there whole, or not at all.
  const folder = await Deno.makeTempDir({ dir: dirname(output), prefix: `.${basename(output)}-` });
  try {
    const env = pick(builder, BUILDER_ENV);
    await bundleTo(folder, { env: { ...env, ...pick(builder, BUNDLER_ENV) } });
    await giveStableNames(folder);
    await setTimes(folder, sourceDateEpoch);
    await Deno.writeTextFile(
      `${folder}/deno.json`,
      JSON.stringify({ permissions: { [program]: config.permissions[program] } }),
    );
    const { executable } = PROGRAMS[program];
    await runCompiler(options, {
      folder,
      env: { ...env, ...TELEMETRY, ...(base === undefined ? {} : { DENORT_BIN: resolve(base.path) }) },
    });
    await Deno.rename(`${folder}/${executable}`, output);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Where the compiler runs, and with what in its environment. */
interface CompilerPlace {
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
}

async function runCompiler(options: CompileOptions, { folder, env }: CompilerPlace): Promise<void> {
  const { program, target, base } = options;
  const { executable, entry, v8Flags } = PROGRAMS[program];
  const args = [
    "compile",
    `--target=${target}`,
    `--output=${executable}`,
    "--no-code-cache",
    `--v8-flags=${(options.v8Flags ?? v8Flags).join(",")}`,
    ...setFlags(program, options),
    entry,
  ];
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args,
    cwd: folder,
    clearEnv: true,
    env: { ...env, NO_COLOR: "1" },
    stdout: "null",
    stderr: "piped",
  }).output();
  if (success) return;
  const said = new TextDecoder().decode(stderr).trim();
  throw new CompileError(base === undefined && /base binary/.test(said) ? withoutBase(target, said) : said);
}

/** What to do where Deno could not download its runtime. */
function withoutBase(target: Target, said: string): string {
  const reason = /\d+: (error sending request.*|.*HTTP status.*|.*40\d.*)$/m.exec(said)?.[1] ?? said;
  return `Cannot compile the program: denort of Deno ${Deno.version.deno} for ${target} is missing, ` +
    `and it could not be downloaded: ${reason}\n` +
    `Take denort-${target}.zip of that version from Deno's releases, check it by the .sha256sum beside it, unpack it, ` +
    "and name the file in DENORT_BIN. DENORT_SHA256 is compared with the file, where it is set.";
}

async function setTimes(folder: string, seconds: number): Promise<void> {
  for await (const { name } of Deno.readDir(folder)) await Deno.utime(`${folder}/${name}`, seconds, seconds);
}

function pick(from: Readonly<Record<string, string>>, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(Object.entries(from).filter(([name]) => names.includes(name)));
}
