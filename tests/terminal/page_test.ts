/**
 * The page about the terminal: its pictures are what the program prints, and the commands of its table run.
 *
 * @module
 */
import assert from "#assert";
import { svgText } from "../../tools/terminal/ansi_svg.ts";
import { drawPictures } from "../../tools/terminal/pictures.ts";
import { OPTION_TABLE } from "../../src/cli/options/option_table.ts";
import { projectText } from "../support/project.ts";
import { runCommand } from "../support/run_command.ts";
import { createNode } from "./made_node.ts";
import { HABITS } from "./habits.ts";

/** The words of a command line, as a shell reads them. */
function wordsOf(line: string): string[] {
  return [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? "");
}

Deno.test("the pictures are what the program prints", async () => {
  for (const [file, svg] of await drawPictures()) {
    const there = await projectText(`docs/${file}`);
    assert.equal(svgText(there), svgText(svg), `${file}: run deno task draw-terminal`);
    assert(svgText(svg).split("\n").length > 3, file);
  }
});

Deno.test("each command of the table of habits runs, and finds something", async () => {
  await using node = await createNode();
  for (const { here } of HABITS) {
    const { code, stderr } = await runCommand([...wordsOf(here), "--logs", `${node.root}/var/log/containers`]);
    // Nothing was written in the last minutes, and no message has "(x)" in it.
    const mayFindNothing = here.includes("--since 15m") || here.includes("'(x)'");
    assert(code === 0 || (code === 1 && mayFindNothing), `${here}: ${code} ${stderr}`);
  }
});

Deno.test("the page has each option of the commands for files", async () => {
  const page = await projectText("docs/terminal.md");
  for (const { name, commands } of OPTION_TABLE) {
    if (commands.some((command) => command !== "serve" && command !== "check")) {
      assert(page.includes(`--${name}`), name);
    }
  }
});
