/**
 * The real agent as a process of its own, for the demonstration and for tests: started from source as a user starts it,
 * or by another command that takes the same flags.
 *
 * Owns the process: writes its configuration, waits until it listens, keeps what it prints, and ends it. What the
 * configuration says is the caller's, except for the address, which is a free port of 127.0.0.1 unless it is set.
 *
 * @module
 */

/** What to start. */
export interface AgentProcessOptions {
  /** A folder for the configuration files, which is there. */
  readonly dir: string;
  /** What the configuration file says; `${NAME}` in it is replaced by the agent. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** The text of the kubeconfig file that leads the agent to the API server. */
  readonly kubeconfig: string;
  /** The program and its first words; `--config=FILE` comes after them. @default {sourceCommand} */
  readonly command?: readonly string[];
  /** Environment variables beside those of this process. @default {{}} */
  readonly env?: Readonly<Record<string, string>>;
  /**
   * Whether the agent is in a process group of its own, so that Ctrl-C on the terminal is this program's to answer.
   * @default {false}
   */
  readonly detached?: boolean;
  /** How long it may take until it listens; from a cold cache that includes downloads. @default {120_000} */
  readonly startMs?: number;
  /** Ends the waiting, and the agent with it; its reason is thrown. */
  readonly signal?: AbortSignal;
}

/** An agent that listens. Disposing of it kills it, if it still runs. */
export interface AgentProcess extends AsyncDisposable {
  /** Its port on 127.0.0.1. */
  readonly port: number;
  /** The id of its process. */
  readonly pid: number;
  /** The program and its words. */
  readonly command: readonly string[];
  /** What it has printed so far, on both ways out, a line each. */
  readonly log: readonly string[];
  /** Resolves when it has ended, however. */
  readonly ended: Promise<Deno.CommandStatus>;
  /** Sends a signal; nothing happens when it has ended. */
  signal(name: Deno.Signal): void;
  /** Sends SIGTERM, and resolves with the exit code. */
  terminate(): Promise<number>;
}

/** The agent did not come to listen; the message says why, `log` has what it printed. */
export class AgentStartError extends Error {
  /** The class, as an error log shows it. */
  override readonly name = "AgentStartError";
  /** What it printed. */
  readonly log: readonly string[];

  /** `log` is what it printed. */
  constructor(message: string, log: readonly string[]) {
    super(log.length === 0 ? message : `${message}\n${log.join("\n")}`);
    this.log = log;
  }
}

/** The agent from source, with the flags that it needs and no others. */
export const sourceCommand: readonly string[] = [
  Deno.execPath(),
  "run",
  "--allow-read",
  "--allow-net",
  "--allow-env",
  "main.ts",
];

const projectDir = new URL("../../", import.meta.url);

/** Starts an agent; resolves when it listens, and rejects with an {@linkcode AgentStartError} when it does not. */
export async function startAgent(options: AgentProcessOptions): Promise<AgentProcess> {
  const { dir, settings, kubeconfig, env = {}, detached = false, startMs = 120_000 } = options;
  options.signal?.throwIfAborted();
  const configFile = `${dir}/agent.json`;
  const kubeconfigFile = `${dir}/kubeconfig`;
  // A backslash is doubled once more because the agent takes it for the first half of an escape before it parses
  // anything.
  const text = JSON.stringify({ addr: "127.0.0.1:0", ...settings }, null, 2).replaceAll("\\", "\\\\");
  await Deno.writeTextFile(configFile, `${text}\n`);
  await Deno.writeTextFile(kubeconfigFile, kubeconfig);

  const command = [...options.command ?? sourceCommand, `--config=${configFile}`];
  const [program = "", ...args] = command;
  const child = new Deno.Command(program, {
    args,
    cwd: projectDir,
    env: { KUBECONFIG: kubeconfigFile, NO_COLOR: "1", ...env },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    detached,
  }).spawn();

  const log: string[] = [];
  const listening = Promise.withResolvers<number>();
  const read = Promise.all([child.stdout, child.stderr].map(async (stream) => {
    for await (const line of linesOf(stream)) {
      log.push(line);
      const port = /Starting cluster-agent on [^\s"]*:(\d+)/.exec(line)?.[1];
      if (port !== undefined) listening.resolve(Number(port));
    }
  }));
  const ended = read.then(() => child.status);
  const failed = ended.then(({ code, signal }) => {
    throw new AgentStartError(`The agent ended before it listened: ${signal ?? `exit code ${code}`}`, log);
  });
  const late = Promise.withResolvers<never>();
  const onAbort = (): void => late.reject(options.signal?.reason);
  options.signal?.addEventListener("abort", onAbort);
  const timer = setTimeout(
    () => late.reject(new AgentStartError(`The agent does not listen after ${startMs} ms`, log)),
    startMs,
  );

  const signal = (name: Deno.Signal): void => {
    try {
      child.kill(name);
    } catch (error) {
      // It has ended by itself.
      if (!(error instanceof Deno.errors.NotFound || error instanceof TypeError)) throw error;
    }
  };
  const dispose = async (): Promise<void> => {
    signal("SIGKILL");
    await ended;
  };
  try {
    const port = await Promise.race([listening.promise, failed, late.promise]);
    return {
      port,
      pid: child.pid,
      command,
      log,
      ended,
      signal,
      terminate: async () => {
        signal("SIGTERM");
        return (await ended).code;
      },
      [Symbol.asyncDispose]: dispose,
    };
  } catch (error) {
    await dispose();
    throw error;
  } finally {
    clearTimeout(timer);
    options.signal?.removeEventListener("abort", onAbort);
  }
}

/** The lines of a text that comes bit by bit. */
async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of stream) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
  if (rest !== "") yield rest;
}
