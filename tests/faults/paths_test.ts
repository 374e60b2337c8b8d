import assert from "#assert";
import { type LogFolders, LogNotFoundError, openLog, resolveRoots } from "../../src/logs/log_file.ts";

/** Swaps the folder `c` with a link to a folder of the same content outside, as fast as it can. */
const SWAPPER = `
  const { renameSync } = Deno;
  for (;;) {
    renameSync("c", "kept");
    renameSync("evil", "c");
    renameSync("c", "evil");
    renameSync("kept", "c");
  }`;

/** Tries; with a check left out, one in about five hundred gives the wrong file. */
const TRIES = 15_000;

for (const other of ["file", "fifo"] as const) {
  Deno.test({
    name:
      `fault 97: a folder that is swapped for a link to a ${other} while a log is opened never leads out of the roots`,
    timeout: 600_000,
    fn: async () => {
      await using place = await makeSwappedPlace(other);
      const bytes = new Uint8Array(6);
      let opened = 0;
      let refused = 0;
      for (let tries = 0; tries < TRIES; tries++) {
        try {
          using file = await openLog("a.log", place.folders);
          if (refused > 0) opened++;
          assert.equal(await file.read(bytes, 0), 6);
          assert.equal(new TextDecoder().decode(bytes), "inside");
        } catch (error) {
          if (!(error instanceof LogNotFoundError)) throw error;
          refused++;
        }
      }
      assert.ok(opened > 0 && refused > 0, `opened ${opened}, refused ${refused}: nothing was swapped`);
    },
  });
}

/**
 * A log within the roots, in a folder that a process of its own swaps with another one outside until this is disposed
 * of.
 */
async function makeSwappedPlace(other: "file" | "fifo"): Promise<AsyncDisposable & { readonly folders: LogFolders }> {
  const dir = await Deno.realPath(await Deno.makeTempDir({ prefix: "swapped-" }));
  for (const folder of ["containers", "pods", "pods/c", "outside"]) await Deno.mkdir(`${dir}/${folder}`);
  await Deno.writeTextFile(`${dir}/pods/c/0.log`, "inside");
  if (other === "file") await Deno.writeTextFile(`${dir}/outside/0.log`, "secret");
  else await new Deno.Command("mkfifo", { args: [`${dir}/outside/0.log`] }).output();
  await Deno.symlink(`${dir}/outside`, `${dir}/pods/evil`);
  await Deno.symlink(`${dir}/pods/c/0.log`, `${dir}/containers/a.log`);
  const swapper = new Deno.Command(Deno.execPath(), {
    args: ["eval", "--quiet", "--no-config", SWAPPER],
    cwd: `${dir}/pods`,
    stdin: "null",
  }).spawn();
  return {
    folders: { containerLogsDir: `${dir}/containers`, roots: resolveRoots([`${dir}/containers`, `${dir}/pods`]) },
    [Symbol.asyncDispose]: async () => {
      swapper.kill("SIGKILL");
      await swapper.status;
      await Deno.remove(dir, { recursive: true });
    },
  };
}
