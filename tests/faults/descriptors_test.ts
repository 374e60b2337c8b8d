import assert from "#assert";
import { AgentCallError, type LogQuery } from "../support/client.ts";
import { sourceCommand } from "../support/agent_process.ts";
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
