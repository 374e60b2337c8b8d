/**
 * The rows of options of the agent and its check, and of those that every command has.
 *
 * @module
 */
import type { OptionRow } from "./option_row.ts";

const STREAMS = ["stream-forward", "stream-backward"] as const;
const OPTIONS = "Options";
const OTHER = "Other";

/** The rows. */
export const COMMAND_OPTIONS = [
  {
    name: "config",
    short: "c",
    value: "FILE",
    isFile: true,
    help: "Configuration file: .yaml, .yml, .json or .toml (required)",
    group: OPTIONS,
    commands: ["serve", "check"],
  },
  {
    name: "addr",
    short: "a",
    value: "ADDR",
    help: "Address to listen on, e.g. [::]:50051 or :50051; wins over everything else",
    group: OPTIONS,
    commands: ["serve", "check"],
  },
  {
    name: "param",
    short: "p",
    value: "KEY:VALUE",
    isMultiple: true,
    help: "One value of the configuration, e.g. logging.level:debug; wins over the file, can be repeated",
    group: OPTIONS,
    commands: ["serve", "check"],
  },
  {
    name: "server-name",
    value: "NAME",
    help: "The name by which clients know the agent: its certificate has to have it",
    group: OPTIONS,
    commands: ["check"],
  },
  {
    name: "strict",
    help: "Let a warning fail the check",
    group: OPTIONS,
    commands: ["check"],
  },
  {
    name: "json",
    help: 'Print one JSON object: {"result", "checks": [{"check", "result", "message", …}]}',
    group: OPTIONS,
    commands: ["check"],
  },
  {
    name: "explain",
    help: "Tell how the search would be done, and do not do it",
    group: OTHER,
    commands: ["grep"],
  },
  { name: "help", help: "Print this help; -h alone prints a short one", group: OTHER, commands: ["grep"] },
  {
    name: "help",
    short: "h",
    help: "Print this help",
    group: OPTIONS,
    commands: ["serve", "check", "list", "completions"],
  },
  { name: "help", short: "h", help: "Print this help", group: OTHER, commands: STREAMS },
  { name: "version", short: "V", help: "Print the version", group: OPTIONS, commands: ["serve"] },
  { name: "version", short: "V", help: "Print the version", group: OTHER, commands: ["grep"] },
] as const satisfies readonly OptionRow[];
