import assert from "#assert";
import { INSPECTOR_PORT } from "../../src/lifecycle/inspector_port.ts";
import { OTHER_SIGNALS } from "../../src/lifecycle/other_signals.ts";
import { services } from "../../src/rpc/descriptor.ts";
import { eventually } from "../support/eventually.ts";
import { forward } from "../support/every_call.ts";
import { connect } from "../support/grpc_client.ts";
import { listeningPorts } from "../support/listening_ports.ts";
import { runAgent } from "../support/running_agent.ts";
import { untilDebuggerRefused } from "../support/shut_debugger.ts";

Deno.test("fault signals: those that are not meant to end the agent leave its streams open, and no debugger", async () => {
  await using rig = await runAgent();
  const { agent } = rig;
  const log = await rig.tree.addCri({ namespace: "shop", pod: "cart", container: "web" });
  const client = connect({ port: agent.port, ca: rig.authority.certPem, leaf: rig.leaf });
  try {
    const followed = forward(client, { log, user: "tester", followFrom: "END" });
    await followed.headers;
    for (const name of OTHER_SIGNALS.filter((name) => name !== "SIGUSR1")) {
      const before = agent.log.length;
      agent.signal(name);
      await eventually(
        `a line for ${name}`,
        () => agent.log.slice(before).some((line) => line.includes(`${name} received`)),
      );
      await log.append([`after ${name}`]);
      assert.equal((await followed.next())?.message, `after ${name}`);
    }
    using _port = await untilDebuggerRefused(agent);
    for (const port of await listeningPorts(agent.pid)) {
      assert.ok(port === agent.port || port === INSPECTOR_PORT, `port ${port}`);
    }
    assert.deepEqual(agent.log.filter((line) => line.includes("Debugger listening")), []);
    assert.ok(agent.log.some((line) => line.includes("SIGUSR1 received, going on")));
    assert.equal((await client.unary(services.health.Check, { service: "" })).response?.status, "SERVING");
    followed.cancel();
    followed.discard();
    await followed.ending;
  } finally {
    client[Symbol.dispose]();
  }
  assert.equal(await agent.terminate(), 0);
});
