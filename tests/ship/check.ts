/**
 * A check of what is shipped that needs programs from outside: skipped visibly, with the reason, where one is missing.
 *
 * @module
 */
import { type Program, program, type ProgramName } from "./programs.ts";

/** Registers a check of that name, which gets its programs in the order of their names. */
export async function check<Names extends readonly ProgramName[]>(
  name: string,
  needs: Names,
  fn: (...programs: { [Key in keyof Names]: Program }) => Promise<void>,
): Promise<void> {
  const got = await Promise.all(needs.map(program));
  const missing = got.flatMap((it) => "missing" in it ? [it.missing] : []);
  Deno.test({
    name: missing.length === 0 ? name : `${name} (SKIPPED: ${missing.join("; ")})`,
    ignore: missing.length > 0,
    fn: () => fn(...got as { [Key in keyof Names]: Program }),
  });
}

/** What a program said, and how it ended. */
export interface Said {
  readonly code: number;
  /** Its standard output, then what it said of errors. */
  readonly text: string;
  readonly stdout: string;
}

/** Runs a program until its end. */
export async function runProgram(
  { path, env }: Program,
  args: readonly string[],
  options: { readonly cwd?: string | URL; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<Said> {
  const output = await new Deno.Command(path, { args: [...args], ...options, env: { ...env, ...options.env } })
    .output();
  const stdout = new TextDecoder().decode(output.stdout);
  return { code: output.code, stdout, text: stdout + new TextDecoder().decode(output.stderr) };
}
