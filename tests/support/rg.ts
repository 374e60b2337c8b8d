/**
 * Ripgrep, where it is there: `rg`, or what RG names.
 *
 * @module
 */
const RG = Deno.env.get("RG") ?? "rg";

/** Whether it is there. */
export const hasRg: boolean = await isThere();

async function isThere(): Promise<boolean> {
  try {
    return (await rgOutput(["--version"])).success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** Runs it without a configuration. */
export async function rgOutput(args: readonly string[]): Promise<Deno.CommandOutput> {
  return await new Deno.Command(RG, { args: ["--no-config", ...args] }).output();
}
