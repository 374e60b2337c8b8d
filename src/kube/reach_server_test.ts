import assert from "#assert";
import { configFor, type Reply, startFakeApiServer } from "../../tests/fakes/fake_api_server.ts";
import { reachServer } from "./reach_server.ts";

const { signal } = new AbortController();
const answered: Reply = { status: 200, body: '{"major":"1"}' };

/** A server that answers so, one answer after the other, the last one for good; and what became of it. */
async function reach(...replies: readonly Reply[]): Promise<{
  readonly asked: readonly string[];
  readonly failures: readonly string[];
  readonly pausesMs: readonly number[];
}> {
  const left = [...replies];
  await using server = await startFakeApiServer({
    answer: () => (left.length > 1 ? left.shift() : left[0]) ?? "close",
  });
  const failures: string[] = [];
  const pausesMs: number[] = [];
  await reachServer(configFor(server), {
    signal,
    // No answer is late here, however busy the machine is.
    limitMs: 600_000,
    onFailure: (reason) => failures.push(reason),
    sleep: (ms) => Promise.resolve(pausesMs.push(ms)),
  });
  const asked = server.seen.map(({ method, path, headers }) => `${method} ${path} ${headers["authorization"]}`);
  return { asked, failures, pausesMs };
}

Deno.test("reachServer() asks for the version once, with the agent's own credentials, and puts no review", async () => {
  const { asked, failures } = await reach(answered);
  assert.deepEqual(asked, ["GET /version Bearer agent-token"]);
  assert.deepEqual(failures, []);
});

Deno.test("reachServer() takes a refusal of who is known for an answer", async () => {
  assert.deepEqual((await reach({ status: 403, body: "{}" })).failures, []);
});

Deno.test("reachServer() asks again after a pause that grows, and tells each reason", async () => {
  const { asked, failures, pausesMs } = await reach(
    "reset",
    { status: 401, body: "{}" },
    { status: 500, body: "{}" },
    { status: 404, body: "{}" },
    { status: 429, body: "{}" },
    { status: 503, body: "{}" },
    answered,
  );
  assert.ok(asked.length >= 7, `${asked.length} requests`);
  const [reset = "", ...others] = failures;
  assert.match(reset, /^Cannot reach the API server: .*(ECONNRESET|socket hang up)/);
  assert.deepEqual(others, [
    "Cannot reach the API server: it answers 401 to a request for its version",
    "Cannot reach the API server: it answers 500 to a request for its version",
    "Cannot reach the API server: it answers 404 to a request for its version",
    "Cannot reach the API server: it answers 429 to a request for its version",
    "Cannot reach the API server: it answers 503 to a request for its version",
  ]);
  const steps = [1_000, 2_000, 5_000, 10_000, 30_000, 30_000];
  for (const [index, ms] of pausesMs.entries()) {
    const step = steps[index] ?? NaN;
    assert.ok(ms >= step * 0.75 && ms <= step * 1.25, `${ms} ms instead of ${step}`);
  }
  assert.equal(pausesMs.length, steps.length);
});

Deno.test("reachServer() gives up an attempt that gets no answer, tells that, and asks again", async () => {
  await using server = await startFakeApiServer({ answer: () => "hang" });
  const stop = new AbortController();
  const enough = new Error("enough");
  const failures: string[] = [];
  await assert.rejects(
    reachServer(configFor(server), {
      signal: stop.signal,
      limitMs: 50,
      onFailure: (reason) => {
        if (failures.push(reason) === 2) stop.abort(enough);
      },
      sleep: () => Promise.resolve(stop.signal.throwIfAborted()),
    }),
    enough,
  );
  assert.deepEqual(failures, Array(2).fill("Cannot reach the API server: no answer within 50 ms"));
});

Deno.test("reachServer() ends with its signal, while it asks and while it waits", async () => {
  const reason = new Error("enough");
  for (const reply of ["hang", "close"] as const) {
    const stop = new AbortController();
    await using server = await startFakeApiServer({
      answer: () => {
        if (reply === "hang") stop.abort(reason);
        return reply;
      },
    });
    await assert.rejects(
      reachServer(configFor(server), {
        signal: stop.signal,
        onFailure: () => {},
        sleep: (_ms, options) => {
          stop.abort(reason);
          return Promise.reject(options.signal.reason);
        },
      }),
      reason,
    );
  }
});
