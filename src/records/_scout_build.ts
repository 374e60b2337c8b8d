/**
 * Bundles `scout_thread.ts` into `_scout_source.ts`, a text that a thread is started with: so the agent needs no leave to read its own code.
 *
 * With `--check` nothing is written: it fails when what is there is not what the sources give.
 *
 * @module
 */

const FOLDER = new URL("./", import.meta.url);
const OUTPUT = new URL("_scout_source.ts", FOLDER);
const HEAD = `/**
 * The program of a scout's thread, made by \`deno task gen\`.
 *
 * @module
 */

/** \`scout_thread.ts\` with all that it imports, as a module without imports. */
`;

async function bundled(): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["bundle", "--quiet", "--frozen", "--minify", "--platform", "deno", "scout_thread.ts"],
    cwd: FOLDER,
  }).output();
  if (!success) throw new Error(`Cannot bundle the scout's program: ${new TextDecoder().decode(stderr)}`);
  const text = new TextDecoder("utf-8", { fatal: true }).decode(stdout);
  return `${HEAD}// deno-fmt-ignore\nexport const SCOUT_SOURCE = ${JSON.stringify(text)};\n`;
}

if (import.meta.main) {
  const source = await bundled();
  if (!Deno.args.includes("--check")) await Deno.writeTextFile(OUTPUT, source);
  else if (await Deno.readTextFile(OUTPUT) !== source) {
    throw new Error("Cannot accept src/records/_scout_source.ts: it is not what its sources give; run deno task gen");
  }
}
