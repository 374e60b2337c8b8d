import assert from "#assert";
import { runServer } from "../../tests/support/agent_server.ts";
import { services } from "./descriptor.ts";

Deno.test("health is SERVING for the empty name, and NOT_FOUND for any other", async () => {
  await using running = await runServer([]);
  const client = running.client();
  const overall = await client.unary(services.health.Check, { service: "" });
  const other = await client.unary(services.health.Check, { service: "cluster_agent.LogRecordsService" });
  assert.deepEqual(overall, { response: { status: "SERVING" }, code: "OK", details: "OK" });
  assert.deepEqual(other, { response: undefined, code: "NOT_FOUND", details: "service not registered" });
});
