/**
 * What a release publishes, by validators of its formats.
 *
 * @module
 */
import assert from "#assert";
import { fileURLToPath } from "node:url";
import { projectFolder } from "../support/project.ts";
import { sbomOf } from "../../tools/release/sbom.ts";
import { takeInventory } from "../../tools/release/inventory.ts";
import { check, runProgram, type Said } from "./check.ts";

const SCHEMA = "res/schema/bom-1.6.SNAPSHOT.schema.json";

await check(
  "the bill of materials has the form that CycloneDX defines",
  ["check-jsonschema", "cyclonedx-schemas"],
  async (checker, schemas) => {
    const folder = await Deno.makeTempDir({ prefix: "sbom-" });
    try {
      const bill = sbomOf(await takeInventory(), { denoVersion: Deno.version.deno });
      const schema = `${schemas.path}/${SCHEMA}`;
      const validate = async (value: unknown): Promise<{ readonly code: number; readonly text: string }> => {
        await Deno.writeTextFile(`${folder}/sbom.json`, JSON.stringify(value));
        // The schema refers to those beside it, and would be looked for at its own address.
        return await runProgram(checker, [
          "--base-uri",
          `file://${schema}`,
          "--schemafile",
          schema,
          `${folder}/sbom.json`,
        ]);
      };
      const { code, text } = await validate(bill);
      assert.equal(code, 0, text);
      const [component] = bill.components;
      for (
        const [fault, told] of [
          [{ ...component, licenses: [{ license: { id: "No-Such-Licence" } }] }, /No-Such-Licence/],
          [{ ...component, hashes: [{ alg: "SHA-512", content: "short" }] }, /short/],
          [{ ...component, scope: "wanted" }, /wanted/],
        ] satisfies [unknown, RegExp][]
      ) {
        const said = await validate({ ...bill, components: [fault], dependencies: [] });
        assert.notEqual(said.code, 0, "a fault is not found");
        assert.match(said.text, told);
      }
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
);

await check("a runtime is taken only with its checksum", ["zip", "unzip"], async (zip) => {
  const folder = await Deno.makeTempDir({ prefix: "denort-" });
  try {
    const target = "x86_64-unknown-linux-gnu";
    const archive = `${folder}/denort-${target}.zip`;
    await Deno.writeTextFile(`${folder}/denort`, "the runtime");
    const zipped = await runProgram(zip, ["-q", archive, "denort"], { cwd: folder });
    assert.equal(zipped.code, 0, zipped.text);
    // In place of Deno's release server: gives the files of the folder by their names.
    await Deno.mkdir(`${folder}/bin`);
    await Deno.writeTextFile(
      `${folder}/bin/curl`,
      `#!/bin/bash\nfor url; do case "$url" in https://*) cp "${folder}/\${url##*/}" . || exit 22 ;; esac; done\n`,
      { mode: 0o755 },
    );
    const fetch = (output: string): Promise<Said> =>
      runProgram({ path: fileURLToPath(new URL(".ci/denort", projectFolder)), env: {} }, [target, output], {
        env: { PATH: `${folder}/bin:${Deno.env.get("PATH") ?? ""}` },
      });

    const sum = await crypto.subtle.digest("SHA-256", await Deno.readFile(archive));
    await Deno.writeTextFile(`${archive}.sha256sum`, `${new Uint8Array(sum).toHex()}  anywhere/${target}.zip\n`);
    const well = await fetch(`${folder}/well`);
    assert.equal(well.code, 0, well.text);
    assert.equal(await Deno.readTextFile(`${folder}/well/denort-${target}`), "the runtime");

    for (
      const [what, text] of [["another", `${"0".repeat(64)}  denort-${target}.zip\n`], ["no", "<html>not found\n"]]
    ) {
      await Deno.writeTextFile(`${archive}.sha256sum`, text ?? "");
      assert.notEqual((await fetch(`${folder}/wrong`)).code, 0, `${what} checksum`);
      assert.deepEqual(await Array.fromAsync(Deno.readDir(`${folder}/wrong`)), []);
    }
    await Deno.remove(archive);
    assert.notEqual((await fetch(`${folder}/none`)).code, 0);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
