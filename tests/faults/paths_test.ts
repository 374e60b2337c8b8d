import assert from "#assert";
import { LogNotFoundError, openLog, resolveRoots } from "../../src/logs/log_file.ts";

/** Swaps the folder `c` with a link to a folder of the same content outside, as fast as it can. */
const SWAPPER = `
  const { renameSync } = Deno;
  for (;;) {
    renameSync("c", "kept");
    renameSync("evil", "c");
    renameSync("c", "evil");
    renameSync("kept", "c");
  }`;

/** Tries that must have seen the file within the roots, and the most tries that are made for it. */
const [MIN_OPENED, MAX_TRIES] = [100, 100_000];

Deno.test("fault 97: a folder that is swapped with a link while a log is opened never gives a file outside the roots", async () => {
  const dir = await Deno.realPath(await Deno.makeTempDir({ prefix: "swapped-" }));
  for (const folder of ["containers", "pods", "pods/c", "outside"]) await Deno.mkdir(`${dir}/${folder}`);
  await Deno.writeTextFile(`${dir}/pods/c/0.log`, "inside");
  await Deno.writeTextFile(`${dir}/outside/0.log`, "secret");
  await Deno.symlink(`${dir}/outside`, `${dir}/pods/evil`);
  await Deno.symlink(`${dir}/pods/c/0.log`, `${dir}/containers/a.log`);
  const folders = { containerLogsDir: `${dir}/containers`, roots: resolveRoots([`${dir}/containers`, `${dir}/pods`]) };
  const swapper = new Deno.Command(Deno.execPath(), {
    args: ["eval", "--quiet", "--no-config", SWAPPER],
    cwd: `${dir}/pods`,
    stdin: "null",
  }).spawn();
  try {
    const bytes = new Uint8Array(6);
    let opened = 0;
    let refused = 0;
    for (let tries = 0; tries < MAX_TRIES && !(opened >= MIN_OPENED && refused >= MIN_OPENED); tries++) {
      try {
        using file = await openLog("a.log", folders);
        opened++;
        assert.equal(await file.read(bytes, 0), 6);
        assert.equal(new TextDecoder().decode(bytes), "inside");
      } catch (error) {
        if (!(error instanceof LogNotFoundError)) throw error;
        refused++;
      }
    }
    assert.ok(opened > 0 && refused > 0, `opened ${opened}, refused ${refused}: nothing was swapped`);
  } finally {
    swapper.kill("SIGKILL");
    await swapper.status;
    await Deno.remove(dir, { recursive: true });
  }
});
