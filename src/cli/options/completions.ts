/**
 * What makes a shell complete the agent's commands and options, made of their tables.
 *
 * @module
 */
import { FlagError } from "../usage.ts";
import { COMMAND_TABLE } from "./command_table.ts";
import { COMMAND_NAMES, optionsOf } from "./option_table.ts";
import type { CommandName, OptionRow } from "./option_row.ts";

/** The shells. */
export const SHELLS = ["bash", "zsh", "fish"] as const;

/** A shell. */
export type Shell = typeof SHELLS[number];

/**
 * Reads the name of a shell.
 *
 * @throws {FlagError} when it is none of them
 */
export function readShell(text: string | undefined): Shell {
  if (text === undefined) throw new FlagError("<SHELL> is missing: bash, zsh or fish");
  const shell = SHELLS.find((one) => one === text);
  if (shell === undefined) {
    throw new FlagError(`Cannot complete in ${JSON.stringify(text.slice(0, 100))}: wanted bash, zsh or fish`);
  }
  return shell;
}

/** Returns the script for a shell. */
export function completions(shell: Shell): string {
  return { bash: forBash, zsh: forZsh, fish: forFish }[shell]();
}

const WORDS = COMMAND_TABLE.map(({ name }) => name);

/** Returns the forms of an option: `-i --ignore-case`. */
function formsOf({ short, name, aliases = [] }: OptionRow): string[] {
  return [...short === undefined ? [] : [`-${short}`], `--${name}`, ...aliases.map(dashed)];
}

function dashed(name: string): string {
  return name.length === 1 ? `-${name}` : `--${name}`;
}

/** Returns what comes behind a command that is no option: words to choose from, or files. */
function wordsBehind(command: CommandName): readonly string[] | "files" {
  return command === "completions" ? SHELLS : command === "serve" ? WORDS : "files";
}

function forBash(): string {
  const cases = COMMAND_NAMES.map((command) => {
    const rows = optionsOf(command);
    const words = wordsBehind(command);
    const values = rows.filter(({ value }) => value !== undefined).map((row) => {
      const { choices, isFile } = row;
      const reply = choices !== undefined
        ? `COMPREPLY=($(compgen -W '${choices.join(" ")}' -- "$current"))`
        : isFile
        ? "compopt -o default"
        : ":";
      return `        ${formsOf(row).join(" | ")}) ${reply}; return ;;`;
    });
    return `    ${command})
      case $previous in
${values.join("\n")}
      esac
      options='${rows.flatMap(formsOf).join(" ")}'
      words='${words === "files" ? "" : words.join(" ")}'
      ;;`;
  });
  return `_cluster_agent() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]} command=serve options words
  COMPREPLY=()
  # The line is cut at "=", too.
  if [[ $current == = ]]; then current=; elif [[ $previous == = ]]; then previous=\${COMP_WORDS[COMP_CWORD-2]}; fi
  if ((COMP_CWORD > 1)) && [[ \${COMP_WORDS[1]} != -* ]]; then command=\${COMP_WORDS[1]}; fi
  if [[ $command == help ]]; then COMPREPLY=($(compgen -W '${WORDS.join(" ")}' -- "$current")); return; fi
  case $command in
${cases.join("\n")}
  esac
  if [[ $current == -* ]]; then
    COMPREPLY=($(compgen -W "$options" -- "$current"))
  elif [[ -n $words ]]; then
    COMPREPLY=($(compgen -W "$words" -- "$current"))
  else
    # The shell knows best how the names of files are quoted.
    compopt -o default
  fi
}
complete -F _cluster_agent cluster-agent
`.replace(/ {6}case \$previous in\n\n {6}esac\n/g, "");
}

/** Quotes a text for zsh. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** Quotes a text for fish, which knows backslashes within quotes. */
function quotedForFish(text: string): string {
  return quoted(text.replaceAll("\\", "\\\\"));
}

function forZsh(): string {
  const cases = COMMAND_NAMES.map((command) => {
    const words = wordsBehind(command);
    const specs = optionsOf(command).flatMap((row) =>
      formsOf(row).map((form) => {
        const { value, choices, isFile, isMultiple, help } = row;
        const text = help.replace(/[[\]:\\]/g, "\\$&");
        const action = choices !== undefined ? `(${choices.join(" ")})` : isFile ? "_files" : " ";
        const argument = value === undefined ? "" : `:${value}:${action}`;
        const equals = value === undefined ? "" : form.startsWith("--") ? "=" : "+";
        return `      ${quoted(`${isMultiple ? "*" : ""}${form}${equals}[${text}]${argument}`)}`;
      })
    );
    const rest = words === "files" ? "'*:file:_files'" : `'*:word:(${words.join(" ")})'`;
    return `    ${command}) specs=(\n${specs.join("\n")}\n      ${rest}\n    ) ;;`;
  });
  return `#compdef cluster-agent
_cluster_agent() {
  local command=serve
  local -a specs
  if ((CURRENT > 2)) && [[ $words[2] != -* ]]; then
    command=$words[2]
    shift words
    ((CURRENT--))
  fi
  case $command in
${cases.join("\n")}
    help) specs=('*:word:(${WORDS.join(" ")})') ;;
  esac
  _arguments -s $specs
}
compdef _cluster_agent cluster-agent
# As a file of fpath, this is run by the first completion.
if [[ $funcstack[1] == _cluster-agent ]]; then _cluster_agent "$@"; fi
`;
}

/** Only the first word is a command: a pattern may have the name of one. */
const FISH_COMMAND = `function __cluster_agent_command
  set -l words (commandline -opc)
  set -l command serve
  if test (count $words) -gt 1; and not string match -q -- '-*' $words[2]
    set command $words[2]
  end
  test $command = $argv[1]
end
`;

function forFish(): string {
  const lines = COMMAND_TABLE.map(({ name, summary }) =>
    `complete -c cluster-agent -n '__cluster_agent_command serve' -f -a ${name} -d ${quotedForFish(summary)}`
  );
  for (const command of COMMAND_NAMES) {
    const condition = `__cluster_agent_command ${command}`;
    for (const { short, name, aliases = [], value, choices, isFile, help } of optionsOf(command)) {
      const argument = value === undefined
        ? ""
        : choices !== undefined
        ? ` -x -a ${quotedForFish(choices.join(" "))}`
        : isFile
        ? " -r -F"
        : " -x";
      const forms = [
        short === undefined ? "" : ` -s ${short}`,
        ...[name, ...aliases].map((one) => one.length === 1 ? ` -s ${one}` : ` -l ${one}`),
      ];
      lines.push(
        `complete -c cluster-agent -n ${quotedForFish(condition)}${forms.join("")}${argument} -d ${
          quotedForFish(help)
        }`,
      );
    }
  }
  for (const [command, words] of [["completions", SHELLS], ["help", WORDS]] as const) {
    lines.push(
      `complete -c cluster-agent -n '__cluster_agent_command ${command}' -f -a ${quotedForFish(words.join(" "))}`,
    );
  }
  return `${FISH_COMMAND}${lines.join("\n")}\n`;
}
