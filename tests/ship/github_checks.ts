/**
 * The workflows as GitHub takes them.
 *
 * @module
 */
import assert from "#assert";
import { projectFolder } from "../support/project.ts";
import { check, runProgram } from "./check.ts";

await check("actionlint finds nothing in the workflows", ["actionlint"], async (actionlint) => {
  const { code, text } = await runProgram(actionlint, ["-no-color"], { cwd: projectFolder });
  assert.equal(code, 0, text);
});
