/**
 * The bundled collector in a process of its own, under the permissions that it declares.
 *
 * @module
 */
import { collectorCommand } from "./agent_bundle.ts";
import { eventually } from "./eventually.ts";

/** How it is run. */
export interface RunCollectorOptions {
  /** Its file in the bundle. */
  readonly file: string;
  /** Environment variables beside those of this process. @default {{}} */
  readonly env?: Readonly<Record<string, string>>;
  /** Its arguments. @default {[]} */
  readonly args?: readonly string[];
  /** Folders that it may read beside the declared ones. @default {[]} */
  readonly folders?: readonly string[];
}

/** A collector. Disposing of it kills it, if it still runs. */
export interface RunningCollector extends AsyncDisposable {
  /** The id of its process. */
  readonly pid: number;
  /** What it has printed on stderr, a line each. */
  readonly log: readonly string[];
  /** Resolves when it has ended, however. */
  readonly ended: Promise<Deno.CommandStatus>;
  /** Waits until it has printed that. */
  until(said: string): Promise<void>;
  /** Sends a signal. */
  signal(name: Deno.Signal): void;
}

/** A reducer that is not there. */
export const NO_REDUCER = { EBPF_NET_INTAKE_HOST: "127.0.0.1", EBPF_NET_INTAKE_PORT: "1" };

/** Starts one. */
export function runCollector(options: RunCollectorOptions): RunningCollector {
  const { file, env = {}, args = [], folders = [] } = options;
  const [program = "", ...words] = collectorCommand(file, folders);
  const child = new Deno.Command(program, {
    args: [...words, ...args],
    env: { NO_COLOR: "1", ...env },
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const log: string[] = [];
  const read = (async () => {
    const decoder = new TextDecoder();
    let rest = "";
    for await (const chunk of child.stderr) {
      const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
      rest = lines.pop() ?? "";
      log.push(...lines);
    }
    if (rest !== "") log.push(rest);
  })();
  const ended = read.then(() => child.status);
  let isOver = false;
  void ended.then(() => isOver = Boolean(1));
  return {
    pid: child.pid,
    log,
    ended,
    until: async (said) => {
      await eventually(`"${said}" in what the collector prints`, () => {
        if (isOver && !log.join("\n").includes(said)) throw new Error(`The collector has ended:\n${log.join("\n")}`);
        return log.some((line) => line.includes(said));
      });
    },
    signal: (name) => child.kill(name),
    [Symbol.asyncDispose]: async () => {
      if (!isOver) child.kill("SIGKILL");
      await ended;
    },
  };
}
