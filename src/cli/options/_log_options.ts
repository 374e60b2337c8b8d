/**
 * The rows of options about logs: which of them are read, and what belongs to one.
 *
 * @module
 */
import type { OptionRow } from "./option_row.ts";

const STREAMS = ["stream-forward", "stream-backward"] as const;
const LOGS = "Which logs";
const OTHER = "Other";

/** The rows. */
export const LOG_OPTIONS = [
  {
    name: "namespace",
    short: "n",
    value: "NAME",
    help: "The namespace of the pods, with globs: shop, kube-*",
    group: LOGS,
    commands: ["grep", "list"],
    isCommon: true,
  },
  {
    name: "container",
    value: "NAME",
    isMultiple: true,
    help: "Only logs of containers of that name, with globs; can be repeated",
    group: LOGS,
    commands: ["grep"],
    isCommon: true,
  },
  {
    name: "container",
    short: "c",
    value: "NAME",
    isMultiple: true,
    help: "Only logs of containers of that name, with globs; can be repeated",
    group: LOGS,
    commands: ["list"],
  },
  {
    name: "logs",
    value: "DIR",
    isFile: true,
    help: "The folder in which pods are found, as /var/log/containers or /var/log/pods [default: /var/log/containers]",
    group: LOGS,
    commands: ["grep", "list"],
  },
  {
    name: "no-history",
    help: "Do not read the rotated files of a log with it",
    group: LOGS,
    commands: ["grep", ...STREAMS],
  },
  {
    name: "merge",
    help: "Print the records of all logs in the order of time; --head and --tail are over all",
    group: LOGS,
    commands: ["grep"],
  },
  {
    name: "follow",
    help:
      "Go on with what is written, also by new containers and behind a rotation; --tail N: begin with the last N; --until TIME: end then",
    group: LOGS,
    commands: ["grep"],
  },
  {
    name: "tz",
    value: "ZONE",
    help: "The zone in which times are read and printed: local, UTC or a name as Europe/Berlin [default: UTC]",
    group: OTHER,
    commands: ["grep", "list"],
  },
  {
    name: "recursive",
    short: "R",
    help: "Accepted: folders are searched with all that is below them anyway",
    group: LOGS,
    commands: ["grep"],
    isIgnored: true,
  },
  {
    name: "no-ignore",
    short: "u",
    aliases: ["unrestricted", "hidden"],
    help: "Accepted: no file is left out for its name, and none for what an ignore file says",
    group: LOGS,
    commands: ["grep"],
    isIgnored: true,
  },
  { name: "json", help: "Print a JSON object for each log", group: OTHER, commands: ["list"] },
] as const satisfies readonly OptionRow[];
