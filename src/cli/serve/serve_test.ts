import assert from "#assert";
import { eventually } from "../../../tests/support/eventually.ts";
import { runAgent } from "../../../tests/support/running_agent.ts";

Deno.test("an agent whose containers folder is not there says so when it starts, and serves", async () => {
  await using running = await runAgent({ settings: { "container-logs-dir": "/no/such/folder" } });
  const { agent } = running;
  const warnings = (): readonly string[] => agent.log.filter((line) => line.includes("/no/such/folder"));
  await eventually("the agent warns of the folder", () => warnings().length > 0);
  assert.match(
    warnings().join("\n"),
    /"Cannot read the log folder".*"reason":"ENOENT".*"advice":"Mount the node's \/var\/log/,
  );
  using client = running.connect();
  assert.equal(await client.health(), "SERVING");
});
