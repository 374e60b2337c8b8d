import assert from "#assert";
import { checkRandom } from "../../../tests/support/property.ts";
import type { Principal } from "../../auth/identity.ts";
import { createMetrics } from "../../telemetry/metrics.ts";
import { shareOf } from "../../scheduling/share.ts";
import { OpenStreams, type StreamKind, StreamLimitError } from "./open_streams.ts";

const KINDS: readonly StreamKind[] = ["forward", "backward", "follow", "list", "watch"];

function callOf(): { readonly signal: AbortSignal } {
  return new AbortController();
}

function user(name: string): Principal {
  return { kind: "identity", identity: { user: name, groups: [], extra: {} } };
}

Deno.test("a caller may have as many streams as the limit says, and one more is refused until one has ended", () => {
  const metrics = createMetrics();
  const streams = new OpenStreams({ maxPerIdentity: 3, metrics });
  const refused = (): number => metrics.value("refused_total", { limit: "streams_per_identity" });
  const open = KINDS.slice(0, 3).map((kind) => streams.admit(callOf(), user("alice"), { kind }));
  assert.equal(refused(), 0);
  assert.throws(
    () => streams.admit(callOf(), user("alice"), { kind: "follow" }),
    new StreamLimitError(3),
  );
  assert.match(new StreamLimitError(3).message, /limits\.streams-per-identity/);
  assert.equal(refused(), 1);
  for (const kind of KINDS.slice(3)) open.push(streams.admit(callOf(), user("bob"), { kind }));
  open[0]?.[Symbol.dispose]();
  // Twice is once.
  open[0]?.[Symbol.dispose]();
  open.push(streams.admit(callOf(), user("alice"), { kind: "forward" }));
  assert.throws(() => streams.admit(callOf(), user("alice"), { kind: "forward" }), StreamLimitError);
  assert.deepEqual(KINDS.map((kind) => metrics.value("streams", { kind })), [1, 1, 1, 1, 1]);
  for (const one of open) one[Symbol.dispose]();
  assert.deepEqual(KINDS.map((kind) => metrics.value("streams", { kind })), [0, 0, 0, 0, 0]);
  assert.equal(streams.identities, 0);
});

Deno.test("the waits of a call are its caller's once it is admitted, and when it is refused", () => {
  const streams = new OpenStreams({ maxPerIdentity: 1, metrics: createMetrics() });
  const calls = [callOf(), callOf()];
  using _open = streams.admit(calls[0] ?? callOf(), user("alice"), { kind: "forward" });
  assert.throws(() => streams.admit(calls[1] ?? callOf(), user("alice"), { kind: "forward" }));
  assert.deepEqual(calls.map(({ signal }) => shareOf(signal).identity), ["user alice", "user alice"]);
});

Deno.test("whoever opens and ends streams, nobody has more than the limit, and all are counted back to 0", async () => {
  await checkRandom((random) => {
    const metrics = createMetrics();
    const streams = new OpenStreams({ maxPerIdentity: 4, metrics });
    const open: { readonly name: string; readonly stream: Disposable }[] = [];
    for (let step = 0; step < 100; step++) {
      const name = `caller ${random.int(3)}`;
      if (random.int(2) === 0) {
        const kind = KINDS[random.int(KINDS.length)] ?? "forward";
        const isFull = open.filter((one) => one.name === name).length === 4;
        const admit = (): Disposable => streams.admit(callOf(), user(name), { kind });
        if (isFull) assert.throws(admit, StreamLimitError);
        else open.push({ name, stream: admit() });
      } else {
        open.splice(random.int(Math.max(1, open.length)), 1)[0]?.stream[Symbol.dispose]();
      }
      assert.equal(KINDS.reduce((sum, kind) => sum + metrics.value("streams", { kind }), 0), open.length);
      assert.equal(streams.identities, new Set(open.map((one) => one.name)).size);
    }
    for (const { stream } of open) stream[Symbol.dispose]();
    assert.equal(streams.identities, 0);
  }, { runs: 50 });
});
