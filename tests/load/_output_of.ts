/**
 * What another program prints: this one may look into `/proc` and `/sys` only with all permissions at once.
 *
 * @module
 */

/** Runs a program to its end; rejects with what it says where it fails. */
export async function outputOf(program: string, ...args: readonly string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(program, { args: [...args] }).output();
  if (!success) throw new Error(`Cannot run ${program}: ${new TextDecoder().decode(stderr)}`);
  return new TextDecoder().decode(stdout);
}
