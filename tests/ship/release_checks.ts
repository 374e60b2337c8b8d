/**
 * What a release publishes, by validators of its formats.
 *
 * @module
 */
import assert from "#assert";
import { sbomOf } from "../../tools/release/sbom.ts";
import { takeInventory } from "../../tools/release/inventory.ts";
import { check, runProgram } from "./check.ts";

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
