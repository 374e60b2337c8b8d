/**
 * Writes the tables of `docs/terminal.md`: habits, options, tasks, and the differences from ripgrep: `deno task gen`.
 * `deno task gen --check` only compares.
 *
 * @module
 */
import type { CommandName } from "../../src/cli/options/option_row.ts";
import { COMMAND_NAMES, OPTION_TABLE } from "../../src/cli/options/option_table.ts";
import { HABITS } from "../../tests/terminal/habits.ts";
import { DIFFERENCES } from "../../tests/terminal/rg_differences.ts";
import { HERE_FAILS, OTHER_FAILS } from "../../tests/terminal/task_results.ts";
import { TASKS } from "../../tests/terminal/tasks.ts";
import { writePage } from "./_page_table.ts";

/** Commands whose options the page has. */
const SEARCHES: readonly CommandName[] = COMMAND_NAMES.filter((name) => name !== "serve" && name !== "check");

/** A cell of a table. */
const cell = (text: string): string => text.replaceAll("|", "\\|").replaceAll("<", "&lt;");
const code = (text: string): string => `\`${text.replaceAll("|", "\\|")}\``;

function table(heading: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [line(heading), line(heading.map(() => "---")), ...rows.map(line)].join("\n");
}

/** The keystrokes of each program, for all tasks. */
function keystrokes(): { readonly here: number; readonly other: number; readonly fewer: number } {
  const of = (words: string): number => `cluster-agent ${words}`.length;
  return {
    here: TASKS.reduce((sum, { here }) => sum + of(here), 0),
    other: TASKS.reduce((sum, { other }) => sum + other.length, 0),
    fewer: TASKS.filter(({ here, other }) => of(here) < other.length).length,
  };
}

function tasksTable(): string {
  const isRight = (fails: readonly string[], title: string): string => fails.includes(title) ? "no" : "yes";
  const { here, other, fewer } = keystrokes();
  const rows = TASKS.map((task) => [
    cell(task.title),
    code(task.here),
    `${`cluster-agent ${task.here}`.length}`,
    isRight(HERE_FAILS, task.title),
    code(task.other),
    `${task.other.length}`,
    isRight(OTHER_FAILS, task.title),
  ]);
  const right = (fails: readonly string[]): string => `${TASKS.length - fails.length} of ${TASKS.length}`;
  rows.push([`in all, fewer here in ${fewer}`, "", `${here}`, right(HERE_FAILS), "", `${other}`, right(OTHER_FAILS)]);
  return table(["task", "`cluster-agent …`", "keys", "right", "`rg`, `zgrep`, `jq`", "keys", "right"], rows);
}

function optionsTable(): string {
  const rows = OPTION_TABLE.filter(({ commands }) => commands.some((command) => SEARCHES.includes(command)));
  return table(
    ["option", "commands", "what it does"],
    rows.map(({ name, short, aliases = [], value, commands, help, more }) => {
      const forms = [...(short === undefined ? [] : [`-${short}`]), `--${name}`];
      const others = aliases.map((alias) => (alias.length === 1 ? `-${alias}` : `--${alias}`));
      const argument = value === undefined ? "" : ` ${value}`;
      return [
        [...forms, ...others].map((form) => code(`${form}${argument}`)).join(", "),
        commands.filter((command) => SEARCHES.includes(command)).join(", "),
        cell([help, ...(more === undefined ? [] : [more])].join(". ")),
      ];
    }),
  );
}

const TABLES: Readonly<Record<string, () => string>> = {
  habits: () => table(["there", "here"], HABITS.map(({ there, here }) => [code(there), code(`cluster-agent ${here}`)])),
  options: optionsTable,
  tasks: tasksTable,
  differences: () => table(["where", "`rg`", "here"], DIFFERENCES.map(({ where, rg, here }) => [where, rg, here])),
};

if (import.meta.main) {
  for (const [name, make] of Object.entries(TABLES)) {
    const place = new RegExp(`(<!-- ${name}: .* -->\\n)[^]*(<!-- /${name} -->\\n)`);
    await writePage("docs/terminal.md", { table: make(), place });
  }
}
