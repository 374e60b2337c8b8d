import assert from "#assert";
import { sourceCommand } from "../support/agent_process.ts";
import { AgentCallError, connectAgent, type LogQuery } from "../support/client.ts";
import type { ContainerLog } from "../fakes/log_tree.ts";
import type { LogRecord } from "../../src/rpc/messages.ts";
import { type ProcessUsage, runAgent, type RunningAgent } from "../support/running_agent.ts";
import { startTcpProxy } from "./_tcp_proxy.ts";

const MIB = 1 << 20;
// With FULL=1: for 20 seconds
const isFull = Deno.env.get("FULL") !== undefined;
const LINE = `2024-10-01T05:40:46.1Z stdout F ${"x".repeat(16 * 1024 - 34)}\n`;

function queryOf(log: ContainerLog): LogQuery {
  return { log: { namespace: log.namespace, pod: log.pod, container: log.container, id: log.runtimeId } };
}

/** A log of so many MiB of lines. */
async function addLog(rig: RunningAgent, pod: string, mib: number): Promise<ContainerLog> {
  const log = await rig.tree.addCri({ namespace: "ns", pod, container: "c" });
  const piece = new TextEncoder().encode(LINE.repeat(MIB / LINE.length));
  for (let i = 0; i < mib; i++) await log.append(piece);
  return log;
}

const WATCH_MS = 120_000;
/** The agent takes the debugger's port when no other agent of the machine has it, be it in the middle of a test. */
const HELD_PORT = 1;

/** Looks at the agent until `isDone` says so of what was seen `looks` times in a row; gives the last of it. */
async function watched(
  rig: RunningAgent,
  { looks, isDone }: { looks: number; isDone: (now: ProcessUsage, before: ProcessUsage) => boolean },
): Promise<ProcessUsage> {
  const deadline = performance.now() + WATCH_MS;
  let before = await rig.usage();
  for (let seen = 0; seen < looks;) {
    const now = await rig.usage();
    assert.ok(performance.now() < deadline, `not so within ${WATCH_MS} ms: ${isDone}, last ${JSON.stringify(now)}`);
    seen = isDone(now, before) ? seen + 1 : 0;
    before = now;
  }
  return before;
}

/** Reads so many bytes of messages, or all there are. */
async function read(stream: AsyncGenerator<LogRecord>, bytes = Infinity): Promise<number> {
  let got = 0;
  for await (const { message } of stream) if ((got += message.length) >= bytes) break;
  return got;
}

Deno.test("sixty clients that leave after a big stream, in good order or not, do no harm to the agent", async () => {
  await using rig = await runAgent();
  const log = await addLog(rig, "big", 16);
  const steady = rig.connect();
  await read(steady.forward(queryOf(log)));
  const { files } = await rig.usage();
  const leave = {
    "after all of it": async (port: number): Promise<void> => {
      await using client = connectAgent({ ...shared, port });
      assert.ok(await read(client.forward(queryOf(log))) > 15 * MIB);
    },
    "in the middle": async (port: number): Promise<void> => {
      await using client = connectAgent({ ...shared, port });
      await read(client.backward(queryOf(log)), 3 * MIB);
    },
    "without a word": async (port: number): Promise<void> => {
      await using proxy = startTcpProxy({ port });
      await using client = connectAgent({ ...shared, port: proxy.port });
      const stream = client.forward(queryOf(log));
      await stream.next();
      await stream.next();
      proxy.cut();
      await assert.rejects(read(stream), AgentCallError);
    },
  };
  const shared = { caPem: rig.authority.certPem, leaf: rig.leaf, identity: { user: "tester" } };
  for (let i = 0; i < 20; i++) {
    await Promise.all(Object.values(leave).map((way) => way(rig.agent.port)));
    assert.equal(await steady.health(), "SERVING");
  }
  // What they had open is closed.
  await watched(rig, { looks: 1, isDone: (now) => now.files <= files + HELD_PORT });
  assert.ok(await read(steady.forward(queryOf(log))) > 15 * MIB);
  assert.equal(await rig.agent.terminate(), 0);
});

Deno.test("a client that never reads a stream of a GiB makes the agent neither read it nor grow", async () => {
  await using rig = await runAgent();
  const warm = await addLog(rig, "warm", 64);
  const log = await addLog(rig, "big", isFull ? 1024 : 64);
  // The rest of it would be read only by an agent that does not wait.
  await Deno.truncate(log.path, 1024 * MIB);
  const client = rig.connect();
  for (let i = 0; i < 3; i++) await read(client.forward(queryOf(warm)));
  const before = await rig.usage();
  await rig.forgetPeak();
  const stream = client.forward(queryOf(log));
  await stream.next();
  const until = performance.now() + (isFull ? 20_000 : 0);
  const after = await watched(rig, {
    looks: 100,
    isDone: (now, last) => now.readBytes - last.readBytes < MIB / 4 && performance.now() >= until,
  });
  const grown = (after.peakBytes - before.rssBytes) / MIB;
  const readMib = (after.readBytes - before.readBytes) / MIB;
  assert.ok(grown <= 16, `the agent grew by ${grown.toFixed(1)} MiB`);
  assert.ok(readMib <= 32, `the agent read ${readMib.toFixed(1)} MiB`);
  // Another stream of the same connection is not held up.
  assert.ok(await read(client.backward(queryOf(warm)), MIB) >= MIB);
  await stream.return();
  await watched(rig, { looks: 1, isDone: (now) => now.files <= before.files + HELD_PORT });
});

Deno.test("a thousand streams at once on one connection are all answered", async () => {
  await using rig = await runAgent();
  const log = await rig.tree.addCri({ namespace: "ns", pod: "small", container: "c" });
  const lines = Array.from({ length: 100 }, (_, i) => `line ${i}`);
  await log.append(lines);
  const client = rig.connect();
  const texts = async (stream: AsyncGenerator<LogRecord>): Promise<string[]> =>
    (await Array.fromAsync(stream)).map(({ message }) => message);
  const forward = Array.from({ length: 500 }, () => texts(client.forward(queryOf(log))));
  const backward = Array.from({ length: 500 }, () => texts(client.backward(queryOf(log))));
  for (const answer of await Promise.all(forward)) assert.deepEqual(answer, lines);
  for (const answer of await Promise.all(backward)) assert.deepEqual(answer, lines.toReversed());
  assert.equal(await client.health(), "SERVING");
});

Deno.test("a hundred follows that are cancelled leave no descriptor behind, and what others follow goes on", async () => {
  await using rig = await runAgent();
  const kept = await rig.tree.addCri({ namespace: "ns", pod: "kept", container: "c" });
  const logs = [kept];
  for (let i = 1; i < 50; i++) logs.push(await rig.tree.addCri({ namespace: "ns", pod: `pod-${i}`, container: "c" }));
  const client = rig.connect();
  const follow = client.forward({ ...queryOf(kept), followFrom: "DEFAULT" });
  await kept.append(["first"]);
  assert.equal((await follow.next()).value?.message, "first");
  const { files } = await rig.usage();
  for (let round = 0; round < 2; round++) {
    const over = new AbortController();
    const follows = [...logs, ...logs].map((log) =>
      client.forward({ ...queryOf(log), followFrom: "DEFAULT" }, { signal: over.signal })
    );
    await Promise.all(logs.map((log) => log.append([`round ${round}`])));
    // All of them are under way: each has got a line.
    await Promise.all(follows.map((one) => one.next()));
    const during = await rig.usage();
    assert.ok(during.files >= files + 100, `${during.files} descriptors while they follow, ${files} before`);
    const ends = follows.map((one) => assert.rejects(one.next().then(() => one.next()).then(() => one.next())));
    over.abort(new Error("enough"));
    await Promise.all(ends);
    // The one watcher of the process has three, for good.
    await watched(rig, { looks: 1, isDone: (now) => now.files <= files + 3 + HELD_PORT });
  }
  await kept.append(["last"]);
  const seen = [];
  for await (const { message } of follow) if (seen.push(message) === 3) break;
  assert.deepEqual(seen, ["round 0", "round 1", "last"]);
});

Deno.test("without descriptors, what is refused says so, what goes on goes on, and all is well when there are some again", async () => {
  await using rig = await runAgent({ command: ["sh", "-c", 'ulimit -n 80; exec "$@"', "sh", ...sourceCommand] });
  const log = await rig.tree.addCri({ namespace: "ns", pod: "web", container: "c" });
  await log.append(["first"]);
  const client = rig.connect();
  const over = new AbortController();
  const query = { ...queryOf(log), followFrom: "DEFAULT" } as const;
  assert.equal((await client.list([])).length, 1);
  const follows = Array.from({ length: 100 }, () => client.forward(query, { signal: over.signal }));
  const firsts = await Promise.allSettled(follows.map((one) => one.next()));
  const refusals = firsts.flatMap((one) => one.status === "rejected" ? [one.reason] : []);
  assert.ok(refusals.length > 0 && refusals.length < 100, `${refusals.length} of 100 are refused`);
  // A follow opens its log, and lists the folder for the files that are rotated there: either may be what fails.
  const refused =
    /^AgentCallError: RESOURCE_EXHAUSTED: Cannot (open the log|list a log's folder): too many open files$/;
  for (const reason of refusals) assert.match(`${reason}`, refused);
  // The names of a folder that has not changed are known without a descriptor.
  await rig.tree.addCri({ namespace: "ns", pod: "new", container: "c" });
  // A follow that is refused gives back what it had opened: connections take the rest.
  using held = new DisposableStack();
  const list = (): Promise<unknown> => client.list([]).catch((error: unknown) => `${error}`);
  let listed = await list();
  for (let tries = 0; Array.isArray(listed); tries++) {
    assert.ok(tries < 100, "The list is not refused after 100 connections");
    const connection = await Deno.connect({ port: rig.agent.port });
    held.defer(() => connection.close());
    listed = await list();
  }
  assert.equal(listed, "AgentCallError: RESOURCE_EXHAUSTED: Cannot look at the logs: too many open files");
  await log.append(["second"]);
  for (const [i, first] of firsts.entries()) {
    if (first.status === "fulfilled") assert.equal((await follows[i]?.next())?.value?.message, "second");
  }
  held.dispose();
  over.abort(new Error("enough"));
  await Promise.allSettled(follows.map((one) => one.next()));
  await watched(rig, { looks: 1, isDone: (now) => now.files < 60 });
  assert.equal((await client.list([])).length, 2);
  assert.equal((await client.forward(query).next()).value?.message, "first");
});
