import assert from "#assert";
import { bundleAgent } from "../support/agent_bundle.ts";
import { eventually } from "../support/eventually.ts";
import { type Held, loads } from "./_memory_loads.ts";
import { startMemoryAgent } from "./_memory_agent.ts";
import { makeMemoryLogs } from "./_memory_logs.ts";
import { MOST_LEFT } from "./_measure_memory.ts";

// With FULL=1: each load whole
const isFull = Deno.env.get("FULL") !== undefined;
const BACK_MS = 60_000;
const LOOK_MS = 500;
/**
 * The loads that the gate has time for, how much of each, and the most that an agent may hold under it, in MiB: a third
 * more than was seen. The whole of all loads takes ten minutes, and a machine that does nothing else.
 */
const PARTS = {
  greps: { share: 0.2, most: 150 },
  "packed-streams": { share: 0.1, most: 150 },
  "long-lines": { share: 0.4, most: 180 },
  unread: { share: 0.1, most: 130 },
};

const held: Held = (ms, { signal } = {}) =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal?.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });

Deno.test("the bundled agent holds no more memory than it may under each load, and gives it back", async (t) => {
  await using bundle = await bundleAgent();
  await using agents = new AsyncDisposableStack();
  const waits: (() => Promise<void>)[] = [];
  for (const [name, load] of Object.entries(loads)) {
    const part = isFull ? { share: 1, most: load.most } : PARTS[name as keyof typeof PARTS];
    if (part === undefined) continue;
    await t.step(`${load.title}${part.share < 1 ? `, ${100 * part.share} % of it` : ""}`, async () => {
      const logs = agents.use(await makeMemoryLogs());
      const agent = agents.use(await startMemoryAgent({ bundle: bundle.file, tree: logs.tree, root: logs.root }));
      const { port, identity } = agent;
      const { anonymous: idle } = await agent.memory();
      const outcomes = await load.run({ port, identity, logs, held, share: part.share });
      assert.equal(agent.lastWords(), undefined);
      const { peak } = await agent.memory();
      assert.ok(peak <= part.most, `it held ${peak.toFixed(0)} MiB, of ${part.most}`);
      assert.ok([...outcomes.keys()].every((outcome) => /^(OK|open|cancelled)$/.test(outcome)), `${[...outcomes]}`);
      waits.push(() =>
        eventually(
          `of "${load.title}" no more than ${MOST_LEFT} MiB are left`,
          async () => (await agent.memory()).anonymous - idle <= MOST_LEFT,
          { pauseMs: LOOK_MS, deadlineMs: BACK_MS },
        )
      );
    });
  }
  await Promise.all(waits.map((wait) => wait()));
});
