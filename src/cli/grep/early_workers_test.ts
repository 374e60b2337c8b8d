import assert from "#assert";
import { eventually } from "../../../tests/support/eventually.ts";
import { earlyWorkers } from "./early_workers.ts";

Deno.test("scan workers start early where one of the files is long, and only then", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const [short, long] = [`${folder}/short.log`, `${folder}/long.log`];
    await Deno.writeTextFile(short, "a line\n");
    await Deno.writeTextFile(long, "");
    await Deno.truncate(long, 32 * 1024 * 1024);
    for (const files of [[], ["-"], [short], [folder], [`${folder}/missing.log`]]) {
      assert.equal(await earlyWorkers(files), undefined, files.join());
    }
    using workers = await earlyWorkers([`${folder}/missing.log`, short, long]);
    await eventually("the workers are lent", () => {
      using lent = workers?.lend();
      return lent !== undefined;
    }, { pauseMs: 1 });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
