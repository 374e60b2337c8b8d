import assert from "#assert";
import { AgentCallError, type LogQuery } from "../support/client.ts";
import { sourceCommand } from "../support/agent_process.ts";
import { eventually } from "../support/eventually.ts";
import { runAgent } from "../support/running_agent.ts";

Deno.test("fault 67: of a hundred follows with sixty-four descriptors some are RESOURCE_EXHAUSTED; the others and those that come later are served", async () => {
  await using rig = await runAgent({ command: ["sh", "-c", 'ulimit -n 64; exec "$0" "$@"', ...sourceCommand] });
  const logs = await Promise.all(Array.from({ length: 100 }, async (_, n) => {
    const log = await rig.tree.addCri({ namespace: "ns", pod: `pod-${n}`, container: "c" });
    await log.append(["first"]);
    return log;
  }));
  const client = rig.connect();
  const queryOf = ({ namespace, pod, container, runtimeId: id }: typeof logs[number]): LogQuery => ({
    log: { namespace, pod, container, id },
    followFrom: "DEFAULT",
  });
  const streams = logs.map((log) => ({ log, stream: client.forward(queryOf(log)) }));
  const served: typeof streams = [];
  let refused = 0;
  for (const one of streams) {
    try {
      const { value } = await one.stream.next();
      assert.equal(value?.message, "first");
      served.push(one);
    } catch (error) {
      if (!(error instanceof AgentCallError)) throw error;
      assert.equal(error.code, "RESOURCE_EXHAUSTED");
      refused++;
    }
  }
  assert(refused > 30, `${refused} refused`);
  assert(served.length > 5, `${served.length} served`);
  for (const { log, stream } of served) {
    await log.append(["second"]);
    const { value } = await stream.next();
    assert.equal(value?.message, "second");
  }
  for (const { stream } of served) await stream.return();
  // Closed a moment after the clients have left.
  for (const log of logs.slice(0, 5)) {
    for (let got: string | undefined; got === undefined;) {
      try {
        for await (const { message } of client.forward({ ...queryOf(log), followFrom: "NOOP" })) got ??= message;
      } catch (error) {
        if (!(error instanceof AgentCallError) || error.code !== "RESOURCE_EXHAUSTED") throw error;
      }
    }
  }
});

Deno.test("a search for which scan workers would start when hardly a descriptor is left is served without them", async () => {
  await using rig = await runAgent({ command: ["sh", "-c", 'ulimit -n 64; exec "$0" "$@"', ...sourceCommand] });
  const long = await rig.tree.addCri({ namespace: "ns", pod: "long", container: "c" });
  const hay = `2025-03-04T05:06:07.123456789Z stdout F ${"hay ".repeat(64)}\n`;
  const needle = "2025-03-04T05:06:07.123456789Z stdout F needle\n";
  // Longer than what is searched without workers.
  await long.append(new TextEncoder().encode(hay.repeat(70_000) + needle));
  const client = rig.connect();
  const queryOf = ({ namespace, pod, container, runtimeId: id }: typeof long): LogQuery => ({
    log: { namespace, pod, container, id },
    followFrom: "DEFAULT",
  });
  const follows: ReturnType<typeof client.forward>[] = [];
  for (let isFull = false; !isFull;) {
    const log = await rig.tree.addCri({ namespace: "ns", pod: `pod-${follows.length}`, container: "c" });
    await log.append(["first"]);
    const stream = client.forward(queryOf(log));
    try {
      await stream.next();
      follows.push(stream);
    } catch (error) {
      if (!(error instanceof AgentCallError) || error.code !== "RESOURCE_EXHAUSTED") throw error;
      isFull = true;
    }
  }
  assert(follows.length > 5, `${follows.length} follows`);
  await follows.pop()?.return();
  await eventually("there is a descriptor for a search", async () => {
    try {
      const messages: string[] = [];
      const query: LogQuery = { ...queryOf(long), followFrom: "NOOP", grep: "needle" };
      for await (const { message } of client.forward(query)) messages.push(message);
      assert.deepEqual(messages, ["needle"]);
      return true;
    } catch (error) {
      if (!(error instanceof AgentCallError) || error.code !== "RESOURCE_EXHAUSTED") throw error;
      return false;
    }
  });
  for (const stream of follows) await stream.return();
});
