/**
 * Bundles `scan_worker_thread.ts` into `_scan_worker_source.ts`, a text that a thread is started with: so the agent
 * needs no permission to read its own code.
 *
 * With `--check` nothing is written: it fails when what is there is not what the sources give.
 *
 * @module
 */

const FOLDER = new URL("../../src/records/parallel/", import.meta.url);
const OUTPUT = new URL("_scan_worker_source.ts", FOLDER);
const HEAD = `/**
 * The program of a scan worker's thread, made by \`deno task gen\`.
 *
 * @module
 */

/** \`scan_worker_thread.ts\` with all that it imports, as a module without imports. */
`;

async function bundled(): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["bundle", "--quiet", "--frozen", "--minify", "--platform", "deno", "scan_worker_thread.ts"],
    cwd: FOLDER,
  }).output();
  if (!success) throw new Error(`Cannot bundle the scan worker's program: ${new TextDecoder().decode(stderr)}`);
  const text = new TextDecoder("utf-8", { fatal: true }).decode(stdout);
  return `${HEAD}// deno-fmt-ignore\nexport const SCAN_WORKER_SOURCE = ${JSON.stringify(text)};\n`;
}

if (import.meta.main) {
  const source = await bundled();
  if (!Deno.args.includes("--check")) await Deno.writeTextFile(OUTPUT, source);
  else if (await Deno.readTextFile(OUTPUT) !== source) {
    throw new Error(
      "Cannot accept src/records/parallel/_scan_worker_source.ts: it is not what its sources give; run deno task gen",
    );
  }
}
