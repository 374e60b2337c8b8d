/**
 * A program for an image that has Deno itself: the bundle, and beside it a script of the program's name that starts it
 * with the program's own flags.
 *
 * The image has no shell. The system's kernel starts a script by its first line, and passes on what stands behind the
 * script's name; `env` makes words of that line.
 *
 * @module
 */
import config from "../../deno.json" with { type: "json" };
import { bundleTo } from "../compile/bundle.ts";
import { permissionSet } from "../compile/permissions.ts";
import { type ProgramName, PROGRAMS } from "../compile/programs.ts";

/** What the kernel reads of a script's first line, with its end. */
const FIRST_LINE_BYTES = 255;

/** What to write, and where to. */
export interface ScriptOptions {
  readonly program: ProgramName;
  /** The folder for the program, which is made. */
  readonly output: string;
  /** Further folders that it may read. @default {[]} */
  readonly read?: readonly string[];
  /** Further names in its environment. @default {[]} */
  readonly env?: readonly string[];
  /** Other flags of V8 than the program's own. @default {those of `PROGRAMS`} */
  readonly v8Flags?: readonly string[];
}

/** What Deno reads beside the script. */
export interface ScriptConfig {
  readonly permissions: Readonly<Record<string, unknown>>;
}

/** The script could not be written. */
export class ScriptError extends Error {
  /** The class, as an error log shows it. */
  override readonly name = "ScriptError";
}

/** Writes the bundle, a deno.json with the permission set, and the script. */
export async function writeScript(options: ScriptOptions): Promise<void> {
  const { program, output } = options;
  const { executable } = PROGRAMS[program];
  const text = scriptOf(options);
  await Deno.mkdir(output, { recursive: true });
  await bundleTo(output);
  await Deno.writeTextFile(`${output}/deno.json`, JSON.stringify(configOf(options)));
  await Deno.writeTextFile(`${output}/${executable}`, text);
  await Deno.chmod(`${output}/${executable}`, 0o755);
}

/** The text of the script. */
export function scriptOf({ program, v8Flags = PROGRAMS[program].v8Flags }: ScriptOptions): string {
  const words = [
    "#!/usr/bin/env -S /usr/bin/deno run --quiet --ext=js --no-remote --no-npm --no-lock --no-code-cache --no-prompt",
    `-P=${program}`,
    `--v8-flags=${v8Flags.join(",")}`,
  ];
  const line = `${words.join(" ")}\n`;
  const bytes = new TextEncoder().encode(line).byteLength;
  if (bytes > FIRST_LINE_BYTES) {
    throw new ScriptError(`Cannot write the script: its first line has ${bytes} bytes, over ${FIRST_LINE_BYTES}`);
  }
  return `${line}import "./${PROGRAMS[program].entry}";\n`;
}

/** A deno.json that has the permission set alone, with what a builder adds to it. */
export function configOf({ program, read = [], env = [] }: ScriptOptions): ScriptConfig {
  const declared = permissionSet(program);
  const set = config.permissions[program];
  return {
    permissions: {
      [program]: {
        ...set,
        read: [...declared.read, ...read],
        env: { allow: [...declared.env, ...env], ignore: declared.ignoredEnv },
      },
    },
  };
}
