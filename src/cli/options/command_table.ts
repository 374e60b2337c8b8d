/**
 * The commands of the agent's command line: what each does, in one line and in its help.
 *
 * @module
 */
import type { CommandName } from "./option_row.ts";

/** A command, as it is described. */
export interface CommandRow {
  /** The word. */
  readonly name: Exclude<CommandName, "serve"> | "help" | "version";
  /** One line about it. */
  readonly summary: string;
}

/** The words that can come first. */
export const COMMAND_TABLE: readonly CommandRow[] = [
  { name: "check", summary: "Check a configuration, and what it leads to: certificates, logs, the API server" },
  { name: "grep", summary: "Print the records of log files that match a regular expression" },
  { name: "list", summary: "Print the table of the node's container logs" },
  { name: "stream-forward", summary: "Print a log file's records as JSON, first to last" },
  { name: "stream-backward", summary: "Print a log file's records as JSON, last to first" },
  { name: "completions", summary: "Print what makes a shell complete commands and options: bash, zsh or fish" },
  { name: "help", summary: "Print this help, or that of a command" },
  { name: "version", summary: "Print the version" },
];

/** The text around the options of a command's help. */
export interface HelpFrame {
  /** What the command does: one sentence. */
  readonly summary: string;
  /** How it is called. */
  readonly usage: string;
  /** More, before the options. */
  readonly intro?: string;
  /** More, behind the options. */
  readonly footer?: string;
}

const STREAM_FOOTER = `Lines that are no records are left out; how many there were is told on standard error.
Exit code: 0 when the file was read, also when no record was found, and 2 when something went wrong.`;

const RECORD_EXAMPLE = `{"timestamp":"2006-01-02T15:04:05.999999999Z","message":"…","is_final":true}`;

/** The text of each command's help. */
export const HELP_FRAMES: Readonly<Record<CommandName, HelpFrame>> = {
  serve: {
    summary: "Serves the container logs of one Kubernetes node over gRPC.",
    usage: "cluster-agent --config <FILE> [OPTIONS]\n       cluster-agent <COMMAND> --help",
  },
  check: {
    summary: `Checks a configuration and what it leads to, without serving anything: the file, certificates,
logs, the API server, addresses. Prints one line for each check: ok, warn or fail.`,
    usage: "cluster-agent check --config <FILE> [OPTIONS]",
    footer: `Each step that may hang has a deadline, of at most twelve seconds. The API server is asked for its
version, and to review one access of a user that nobody is. Nothing is written, and no secret is printed.

Exit code: 0 when nothing fails, 1 when something does, 2 for a mistake in the words above.`,
  },
  grep: {
    summary: "Prints the records of container logs whose messages match a regular expression.",
    usage: "cluster-agent grep [OPTIONS] <PATTERN> [FILE | POD]...",
    intro: `PATTERN has the syntax and meaning of Rust's regex crate, as for rg; only the message is searched. A
blank is a blank; in requests to the agent it stands for any white space with colour codes around it:
\\s+ comes near to that. FILE is a log as a runtime writes it, CRI or Docker json-file; of any other
text, each line that is not empty is a message without a time. Gzipped files are decompressed, UTF-16
with its mark is transcoded; other compressed files are refused. "-", or no file, is standard input.
A folder is walked. The rotated files of a container log belong to it, and are read first.

A word that is no path names pods: checkout-7d9f, shop/checkout-* or shop/checkout-7d9f/api. An existing
path wins; ./ before a word makes it a path. Without a word, --namespace, --container and --logs select
from all logs. Where there are several, each record has the name of its pod and container before it.`,
    footer: `A time without a zone is one of --tz, and a date alone is its first moment.
Lines that are no records of a log are left out; how many there were is told on standard error.
Exit code: 0 when something was found, 1 when nothing was, 2 when something went wrong.`,
  },
  list: {
    summary: `Prints the table of the node's container logs: whose they are, their size with the rotated files,
and when they were last written.`,
    usage: "cluster-agent list [OPTIONS] [POD]...",
    intro: `POD is the name of a pod, NAMESPACE/POD or NAMESPACE/POD/CONTAINER, with * and ? in each part.`,
    footer: "Exit code: 0 when there are logs, 1 when there are none, 2 when something went wrong.",
  },
  "stream-forward": {
    summary: "Prints a container log's records as the agent sends them, first to last.",
    usage: "cluster-agent stream-forward [OPTIONS] <FILE>",
    intro: `FILE is a log as a runtime writes it, CRI or Docker json-file, plain or gzipped; "-" is standard
input. Each record is a line:
${RECORD_EXAMPLE}`,
    footer: STREAM_FOOTER,
  },
  "stream-backward": {
    summary: "Prints a container log's records as the agent sends them, last to first.",
    usage: "cluster-agent stream-backward [OPTIONS] <FILE>",
    intro: `FILE is a log as a runtime writes it, CRI or Docker json-file. It has to be read from its end, so it can
neither be standard input nor gzipped. Each record is a line:
${RECORD_EXAMPLE}`,
    footer: STREAM_FOOTER,
  },
  completions: {
    summary: "Prints what makes a shell complete commands and options.",
    usage: "cluster-agent completions <SHELL>",
    intro: `SHELL is bash, zsh or fish. To have it in each shell that is started:
bash: source <(cluster-agent completions bash), in ~/.bashrc
zsh:  cluster-agent completions zsh >"\${fpath[1]}/_cluster-agent"
fish: cluster-agent completions fish >~/.config/fish/completions/cluster-agent.fish`,
  },
};
