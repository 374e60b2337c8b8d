import assert from "#assert";
import { setImmediate } from "node:timers/promises";
import { runAgent } from "../../../tests/support/running_agent.ts";

Deno.test("an agent whose containers folder is not there says so when it starts, and serves", async () => {
  await using running = await runAgent({ settings: { "container-logs-dir": "/no/such/folder" } });
  const { agent } = running;
  while (!agent.log.some((line) => line.includes("Cannot look at the logs"))) await setImmediate();
  assert.ok(agent.log.some((line) => line.includes("Log directory not found: /no/such/folder")));
  using client = running.connect();
  assert.equal(await client.health(), "SERVING");
});
