import assert from "#assert";
import { eventually } from "../../../tests/support/eventually.ts";
import { runAgent } from "../../../tests/support/running_agent.ts";

Deno.test("an agent whose containers folder is not there says so when it starts, and serves", async () => {
  await using running = await runAgent({ settings: { "container-logs-dir": "/no/such/folder" } });
  const { agent } = running;
  const hasFailed = (): boolean => agent.log.some((line) => line.includes("Cannot look at the logs"));
  await eventually("the agent logs that it cannot look at the logs", hasFailed);
  assert.ok(agent.log.some((line) => line.includes("Log directory not found: /no/such/folder")));
  using client = running.connect();
  assert.equal(await client.health(), "SERVING");
});
