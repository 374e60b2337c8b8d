import assert from "#assert";
import { runServer } from "../../../tests/support/agent_server.ts";
import { services } from "../descriptor.ts";

Deno.test("health is SERVING for the empty name, and NOT_FOUND for any other", async () => {
  await using running = await runServer([]);
  const client = running.client();
  const overall = await client.unary(services.health.Check, { service: "" });
  const other = await client.unary(services.health.Check, { service: "cluster_agent.LogRecordsService" });
  assert.deepEqual(overall, { response: { status: "SERVING" }, code: "OK", details: "OK" });
  assert.deepEqual(other, { response: undefined, code: "NOT_FOUND", details: "service not registered" });
});

Deno.test("watching health tells the state now, then NOT_SERVING, and ends with the server", async () => {
  await using running = await runServer([]);
  const answer = running.client().stream(services.health.Watch, { service: "" });
  assert.deepEqual(await answer.next(), { status: "SERVING" });
  const drained = running.server.drain({ signal: new AbortController().signal });
  assert.deepEqual(await answer.next(), { status: "NOT_SERVING" });
  assert.equal(await answer.next(), undefined);
  assert.deepEqual(await answer.ending, { code: "UNAVAILABLE", details: "Server is shutting down" });
  await drained;
});

Deno.test("watching the health of an unknown service ends NOT_FOUND", async () => {
  await using running = await runServer([]);
  const answer = running.client().stream(services.health.Watch, { service: "some.Other" });
  assert.equal(await answer.next(), undefined);
  assert.deepEqual(await answer.ending, { code: "NOT_FOUND", details: "service not registered" });
});

Deno.test("a watch that its client cancels is forgotten", async () => {
  await using running = await runServer([]);
  const client = running.client();
  const answer = client.stream(services.health.Watch, { service: "" });
  await answer.next();
  answer.cancel();
  assert.equal((await answer.ending).code, "CANCELLED");
  assert.equal((await client.unary(services.health.Check, { service: "" })).response?.status, "SERVING");
  assert.deepEqual(running.reports, []);
});
