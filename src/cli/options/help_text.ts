/**
 * The help of a command, made of the tables of options and commands.
 *
 * @module
 */
import { COMMAND_TABLE, HELP_FRAMES } from "./command_table.ts";
import type { CommandName, OptionRow } from "./option_row.ts";
import { optionsOf } from "./option_table.ts";

/** The longest line. */
const COLUMNS = 104;

/** What `--help` prints. */
export function helpText(command: CommandName): string {
  const { summary, usage, intro, footer } = HELP_FRAMES[command];
  const parts = [summary, `Usage: ${usage}`, intro, command === "serve" ? commandsText() : undefined];
  const rows = optionsOf(command);
  for (const group of new Set(rows.map((row) => row.group))) {
    const lines = optionLines(rows.filter((row) => row.group === group), { all: rows, isShort: false });
    parts.push(`${group}:\n${lines.join("\n")}`);
  }
  return `${[...parts, footer].filter((part) => part !== undefined).join("\n\n")}\n`;
}

/** What `-h` alone prints: the options that are wanted most often. */
export function shortHelpText(command: CommandName): string {
  const { summary, usage } = HELP_FRAMES[command];
  const rows = optionsOf(command).filter((row) => row.isCommon);
  const lines = optionLines(rows, { all: rows, isShort: true });
  return `${summary}\n\nUsage: ${usage}\n\n${
    lines.join("\n")
  }\n\nAll options, and more: cluster-agent ${command} --help\n`;
}

function commandsText(): string {
  const width = Math.max(...COMMAND_TABLE.map(({ name }) => name.length));
  const lines = COMMAND_TABLE.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`);
  return `Commands, each with options of its own; without one, the agent starts:\n${lines.join("\n")}`;
}

/** The lines about some options; the column of texts is that of all of the command. */
function optionLines(
  rows: readonly OptionRow[],
  { all, isShort }: { readonly all: readonly OptionRow[]; readonly isShort: boolean },
): string[] {
  const width = Math.max(...all.map((row) => formsText(row).length)) + 2;
  return rows.flatMap((row) => {
    const { help, more, aliases = [] } = row;
    const also = aliases.length === 0
      ? []
      : [`(also ${aliases.map((alias) => alias.length === 1 ? `-${alias}` : `--${alias}`).join(", ")})`];
    const text = isShort ? help : [help, ...more === undefined ? [] : [`– ${more}`], ...also].join(" ");
    return wrapped(text, COLUMNS - width).map((line, at) => (at === 0 ? formsText(row) : "").padEnd(width) + line);
  });
}

/** `  -i, --ignore-case`. */
function formsText({ short, name, value }: OptionRow): string {
  return `  ${short === undefined ? "    " : `-${short}, `}--${name}${value === undefined ? "" : ` <${value}>`}`;
}

/** Words in lines of at most so many columns. */
function wrapped(text: string, columns: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > columns) {
      lines.push(line);
      line = word;
    } else {
      line += line === "" ? word : ` ${word}`;
    }
  }
  return [...lines, line];
}
