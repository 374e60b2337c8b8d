// deno-lint-ignore-file camelcase -- the names of the wire contract
/**
 * The demonstration: `deno task demo [--keep]`. Starts the real agent on made-up logs and shows it as a caller sees it.
 *
 * Promises to clean up however it ends: the agent gets SIGTERM and must end with exit code 0, the folder is removed.
 * The exit code is 0 when all was as it should be, 1 when a step failed – with the reason and the agent's own log –, 2
 * for unknown words, and 128 and its number when a signal cut it short. With `--keep` a signal is the way to end it,
 * and fine.
 *
 * @module
 */
import { type ByteWriter, processStdout } from "../../src/telemetry/process_output.ts";
import { writeWhole } from "../../src/telemetry/write_whole.ts";
import type { AgentProcess } from "../../tests/support/agent_process.ts";
import { createPaint, type Paint } from "./paint.ts";
import { createStage, people, type Stage } from "./stage.ts";
import { DemoError, steps } from "./steps.ts";

const signalNumbers = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const;
type SignalName = keyof typeof signalNumbers;

/** A signal came before the end. */
class Interruption extends Error {
  override readonly name = "Interruption";
  readonly exitCode: number;

  constructor(signal: SignalName) {
    super(`${signal} received`);
    this.exitCode = 128 + signalNumbers[signal];
  }
}

const help = `Shows the agent on made-up logs, and ends by itself.

Usage: deno task demo [--keep]

  --keep    Leaves it running, and prints commands to try, until Ctrl-C
`;

/** How long the agent may take to end: longer than its own grace time. */
const endMs = 10_000;

interface Options {
  readonly keep: boolean;
  readonly say: (line: string) => void;
  readonly paint: Paint;
  readonly signal: AbortSignal;
}

async function main(words: readonly string[]): Promise<number> {
  const paint = createPaint({ colourful: Deno.stdout.isTerminal() && !Deno.noColor });
  const writeError = linesTo(Deno.stderr);
  const other = words.find((word) => word !== "--keep");
  if (other !== undefined) {
    writeError(help);
    return other === "--help" || other === "-h" ? 0 : 2;
  }
  const stop = new AbortController();
  for (const name of Object.keys(signalNumbers) as SignalName[]) {
    Deno.addSignalListener(name, () => stop.abort(new Interruption(name)));
  }
  try {
    await demonstrate({ keep: words.includes("--keep"), say: linesTo(processStdout()), paint, signal: stop.signal });
    return 0;
  } catch (error) {
    writeError(paint.red(`\n✗ ${error instanceof Error ? `${error.name}: ${error.message}` : error}`));
    return error instanceof Interruption ? error.exitCode : 1;
  }
}

async function demonstrate(options: Options): Promise<void> {
  const { keep, say, paint, signal } = options;
  const began = performance.now();
  const heading = (title: string): void => say(paint.bold(`\n▸ ${title}`));
  await using folder = await temporaryFolder();
  say(paint.bold("▸ Start"));
  await using stage = await createStage(folder.dir, { signal });
  try {
    tellStart(stage, { ...options, began });
    for (const { title, run } of steps) {
      heading(title);
      await run({ stage, say: (line) => say(`  ${line}`), paint, signal });
    }
    if (keep) {
      heading("Keep");
      await keepRunning(stage, options);
    }
    heading("Stop");
    const stopped = performance.now();
    const code = await endOf(stage.agent);
    const inOrder = stage.agent.log.at(-1)?.includes("Shutdown completed.");
    if (code !== 0 || !inOrder) throw new DemoError(`Expected the agent to end in order, not with exit code ${code}`);
    say(`  SIGTERM, "Shutdown completed." and exit code 0 after ${Math.ceil(performance.now() - stopped)} ms`);
    say(paint.dim(`  ${seconds(began)} in all`));
  } catch (error) {
    await endOf(stage.agent);
    if (!(error instanceof Interruption)) linesTo(Deno.stderr)(["\nThe agent's log:", ...stage.agent.log].join("\n  "));
    throw error;
  }
}

function tellStart(stage: Stage, { say, paint, began }: Options & { readonly began: number }): void {
  const { agent, history, reviews, dir } = stage;
  const [program = "", ...words] = agent.command;
  say(`  ${history.lines.toLocaleString("en")} lines in ${Object.keys(history.logs).length} logs below ${dir}`);
  say(`  access reviews on ${reviews.url}: ops may read all, alice what is in namespace shop`);
  say(`  ${paint.cyan(`$ ${[program.split("/").at(-1), ...words].join(" ")}`)}`);
  say(`  process ${agent.pid} listens on 127.0.0.1:${agent.port}, mutual TLS ${paint.dim(`(${seconds(began)})`)}`);
}

/** Prints what to try, and waits for a signal. */
async function keepRunning({ agent, dir, serverName, history }: Stage, options: Options): Promise<void> {
  const { say, paint, signal } = options;
  const { user, groups } = people.ops;
  const { namespace, pod, container, id } = history.logs.checkout;
  const request = { namespace, pod_name: pod, container_name: container, container_id: id, grep: "declined" };
  say(`  D=${dir}`);
  for (
    const [method, body] of [
      ["LogMetadataService/List", { namespaces: ["shop"] }],
      ["LogRecordsService/StreamBackward", request],
    ] as const
  ) {
    say(`  grpcurl -cacert $D/ca.crt -cert $D/viewer.crt -key $D/viewer.key -authority ${serverName} \\`);
    say(`    -H 'x-remote-user: ${user}' -H 'x-remote-group: ${groups[0]}' \\`);
    say(`    -d '${JSON.stringify(body)}' \\`);
    say(`    127.0.0.1:${agent.port} cluster_agent.${method}\n`);
  }
  say(paint.dim("  Ctrl-C ends it"));
  const { promise, resolve } = Promise.withResolvers<void>();
  signal.addEventListener("abort", () => resolve());
  if (signal.aborted) resolve();
  const ended = agent.ended.then(({ code }) => {
    throw new DemoError(`Expected the agent to go on, but it ended with exit code ${code}`);
  });
  await Promise.race([promise, ended]);
}

/** Ends the agent and resolves with its exit code. */
async function endOf(agent: AgentProcess): Promise<number> {
  const timer = setTimeout(() => agent.signal("SIGKILL"), endMs);
  try {
    return await agent.terminate();
  } finally {
    clearTimeout(timer);
  }
}

async function temporaryFolder(): Promise<AsyncDisposable & { readonly dir: string }> {
  const dir = await Deno.makeTempDir({ prefix: "node-log-agent-" });
  return { dir, [Symbol.asyncDispose]: () => Deno.remove(dir, { recursive: true }) };
}

function linesTo(output: ByteWriter): (line: string) => void {
  return (line) => {
    writeWhole(`${line}\n`, { out: output });
  };
}

function seconds(since: number): string {
  return `${((performance.now() - since) / 1000).toFixed(1)} s`;
}

Deno.exit(await main(Deno.args));
