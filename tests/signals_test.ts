/**
 * What signals do to the two programs as they are deployed: bundled, and with the declared permissions.
 *
 * @module
 */
import assert from "#assert";
import { INSPECTOR_PORT } from "../src/lifecycle/inspector_port.ts";
import { OTHER_SIGNALS } from "../src/lifecycle/other_signals.ts";
import { type AgentBundle, bundleAgent, imageCommand } from "./support/agent_bundle.ts";
import { eventually } from "./support/eventually.ts";
import { forward, list } from "./support/every_call.ts";
import { connect } from "./support/grpc_client.ts";
import { listeningPorts } from "./support/listening_ports.ts";
import { runAgent, type RunningAgent } from "./support/running_agent.ts";
import { NO_REDUCER, runCollector, type RunningCollector } from "./support/running_collector.ts";
import { metricsUrl, probe } from "./support/scrape.ts";
import { untilDebuggerRefused } from "./support/shut_debugger.ts";

let bundle: AgentBundle;
Deno.test.beforeAll(async () => {
  bundle = await bundleAgent();
});
Deno.test.afterAll(async () => await bundle[Symbol.asyncDispose]());

/** A program, whichever it is. */
interface Program {
  readonly pid: number;
  readonly log: readonly string[];
  readonly ended: Promise<Deno.CommandStatus>;
  signal(name: Deno.Signal): void;
}

const METRICS = { metrics: { addr: "127.0.0.1:0" } };

async function agent(settings: Readonly<Record<string, unknown>> = METRICS): Promise<RunningAgent> {
  return await runAgent({ command: (dir) => imageCommand(bundle.file, [dir]), settings });
}

async function collector(): Promise<RunningCollector> {
  const env = { ...NO_REDUCER, K8S_COLLECTOR_METRICS_ADDR: "127.0.0.1:0" };
  await using stack = new AsyncDisposableStack();
  const running = stack.use(runCollector({ file: bundle.collector, env, args: ["--local-test"] }));
  await running.until("Starting cluster-collector");
  stack.move();
  return running;
}

/** Runs a test with each of the programs, which serves its metrics. */
function testBoth(name: string, fn: (program: Program) => Promise<void>): void {
  Deno.test(`the agent: ${name}`, async () => {
    await using rig = await agent();
    await fn(rig.agent);
  });
  Deno.test(`the collector: ${name}`, async () => {
    await using running = await collector();
    await fn(running);
  });
}

async function untilLine({ log }: Program, text: string): Promise<void> {
  await eventually(`a line with "${text}"`, () => log.some((line) => line.includes(text)));
}

async function assertLives({ log }: Program): Promise<void> {
  assert.equal((await probe(metricsUrl(log), "/livez")).status, 200);
}

testBoth("SIGHUP, SIGUSR2 and others leave a line, and it goes on", async (program) => {
  for (const name of OTHER_SIGNALS.filter((name) => name !== "SIGUSR1")) {
    program.signal(name);
    await untilLine(program, `${name} received, going on`);
    await assertLives(program);
  }
  assert.ok(program.log.some((line) => /SIGHUP received, going on: .*settings.* at the start only/.test(line)));
});

testBoth("SIGUSR1 opens no debugger", async (program) => {
  const own = (await listeningPorts(program.pid)).filter((port) => port !== INSPECTOR_PORT);
  using _port = await untilDebuggerRefused(program);
  await untilLine(program, "SIGUSR1 received, going on");
  const ports = (await listeningPorts(program.pid)).filter((port) => port !== INSPECTOR_PORT);
  assert.deepEqual(ports.toSorted(), own.toSorted());
  assert.deepEqual(program.log.filter((line) => line.includes("Debugger listening")), []);
  await assert.rejects(fetch(`http://127.0.0.1:${INSPECTOR_PORT}/json`), "nobody answers there");
  await assertLives(program);
});

testBoth("SIGQUIT is left to the system, and ends it", async (program) => {
  program.signal("SIGQUIT");
  const { success, signal } = await program.ended;
  assert.deepEqual({ success, signal }, { success: Boolean(0), signal: "SIGQUIT" });
});

testBoth("SIGPIPE does nothing", async (program) => {
  program.signal("SIGPIPE");
  program.signal("SIGHUP");
  await untilLine(program, "SIGHUP received");
  await assertLives(program);
});

for (const name of ["SIGTERM", "SIGINT"] as const) {
  testBoth(`${name} ends it in order`, async (program) => {
    program.signal(name);
    assert.equal((await program.ended).code, 0, program.log.join("\n"));
    await untilLine(program, "Shutdown completed.");
  });
}

Deno.test("the agent: a second signal ends it at once, whatever is open", async () => {
  for (const [first, second, code] of [["SIGTERM", "SIGINT", 130], ["SIGINT", "SIGTERM", 143]] as const) {
    await using rig = await agent();
    const log = await rig.tree.addCri({ namespace: "shop", pod: "cart", container: "web" });
    await log.append(Array<string>(30_000).fill("x".repeat(800)));
    using client = connect({ port: rig.agent.port, ca: rig.authority.certPem, leaf: rig.leaf });
    // Nobody reads it, which keeps the agent from ending for a second.
    const unread = forward(client, { log, user: "ada" });
    await unread.headers;
    rig.agent.signal(first);
    await untilLine(rig.agent, `${first} received, initiating shutdown`);
    rig.agent.signal(second);
    assert.equal((await rig.agent.ended).code, code, rig.agent.log.join("\n"));
    await untilLine(rig.agent, `${second} received again, ending at once`);
    unread.discard();
    await unread.ending;
  }
});

Deno.test("the collector: signals that come together end it, by its own exit code", async () => {
  await using running = await collector();
  // While it is stopped, signals wait.
  for (const name of ["SIGSTOP", "SIGTERM", "SIGINT", "SIGCONT"] as const) running.signal(name);
  const { code, signal } = await running.ended;
  assert.equal(signal, null);
  assert.ok([130, 143].includes(code), `${code}: ${running.log.join("\n")}`);
});

Deno.test("the agent: a closed stdout ends neither it nor its answers, and it ends in order", async () => {
  const script = `{ "$@"; echo "exit code $?" >&2; } | sed -u '/Starting cluster-agent/q'`;
  await using rig = await runAgent({
    command: (dir) => ["sh", "-c", script, "sh", ...imageCommand(bundle.file, [dir])],
    decide: ({ user }) => user === "ada",
  });
  const { agent } = rig;
  using client = connect({ port: agent.port, ca: rig.authority.certPem, leaf: rig.leaf });
  for (const [user, code] of [["ada", "OK"], ["eve", "PERMISSION_DENIED"], ["ada", "OK"]] as const) {
    assert.equal((await list(client, { user, namespace: "shop" })).code, code);
  }
  await killChild(agent.pid);
  await untilLine(agent, "exit code");
  assert.ok(agent.log.includes("exit code 0"), agent.log.join("\n"));
});

/** Sends SIGTERM to the agent that a shell has started. */
async function killChild(shell: number): Promise<void> {
  const script = `for group in $(ps -o pid= --ppid ${shell}); do for pid in $group $(ps -o pid= --ppid $group); do
    case "$(ps -o comm= -p $pid)" in deno*) kill -TERM $pid ;; esac; done; done`;
  await new Deno.Command("sh", { args: ["-c", script] }).output();
}
