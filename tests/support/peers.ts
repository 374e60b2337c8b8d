/**
 * The programs beside the project, which it is compared with and tested against.
 *
 * They are no part of it: where they are not to be had, whoever wants them says so and goes on without.
 *
 * @module
 */
import { projectFolder } from "./project.ts";

/** Where the programs are unpacked from. */
const SCRIPT = new URL("../shared/peers/unpack.sh", projectFolder).pathname;

const EXCLUSIVE = true;

/**
 * Unpacks the programs, unless that has been done, and returns their folder; `undefined` where there are none.
 *
 * The script writes to files of the same names whoever calls it. So its callers, threads of one test run or processes,
 * do so one after another: two at once leave behind, and start, a program that is still being written.
 *
 * @param script What prints the folder.
 */
export async function unpackPeers(script: string = SCRIPT): Promise<string | undefined> {
  let file: Deno.FsFile;
  try {
    file = await Deno.open(script);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
  try {
    await file.lock(EXCLUSIVE);
    const { success, stdout, stderr } = await new Deno.Command("bash", { args: [script] }).output();
    if (!success) throw new Error(`Cannot unpack the peers: ${new TextDecoder().decode(stderr)}`);
    return new TextDecoder().decode(stdout).trim();
  } finally {
    file.close();
  }
}
