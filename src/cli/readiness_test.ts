import assert from "#assert";
import { configFor, startFakeApiServer } from "../../tests/fakes/fake_api_server.ts";
import { createLogger } from "../telemetry/log.ts";
import { noteWhenReached, Readiness } from "./readiness.ts";

Deno.test("a program is ready when it works, the API server was reached, and nothing is wrong now", async () => {
  let wrong: string | undefined = "cannot read the log folder: NotFound";
  const readiness = new Readiness({ work: "serve", check: () => Promise.resolve(wrong) });
  const starting = "does not serve yet";
  const unreached = "has not reached the API server yet";
  assert.deepEqual(await readiness.missing(), [starting, unreached, wrong]);
  readiness.begin();
  assert.deepEqual(await readiness.missing(), [unreached, wrong]);
  readiness.noteReached();
  assert.deepEqual(await readiness.missing(), [wrong]);
  wrong = undefined;
  assert.deepEqual(await readiness.missing(), []);
  wrong = "cannot read the log folder: no answer";
  assert.deepEqual(await readiness.missing(), [wrong]);
});

Deno.test("a program that ends is not ready any more, even if it comes to work meanwhile", async () => {
  const readiness = new Readiness({ work: "collect" });
  readiness.noteReached();
  readiness.drain();
  assert.deepEqual(await readiness.missing(), ["is shutting down"]);
  readiness.begin();
  assert.deepEqual(await readiness.missing(), ["is shutting down"]);
});

Deno.test("the API server that cannot be reached is logged, each reason once, until it is", async () => {
  let asked = 0;
  await using server = await startFakeApiServer({
    answer: () => ++asked <= 3 ? { status: 503, body: "{}" } : { status: 200, body: "{}" },
  });
  const readiness = new Readiness({ work: "serve" });
  readiness.begin();
  const lines: string[] = [];
  const { signal } = new AbortController();
  await noteWhenReached(readiness, configFor(server), {
    log: createLogger({ write: (line) => lines.push(JSON.parse(line).fields.message) }),
    signal,
    sleep: () => Promise.resolve(),
  });
  assert.deepEqual(await readiness.missing(), []);
  assert.deepEqual(lines, ["Cannot reach the API server: it answers 503 to a request for its version"]);
});

Deno.test("the end of the program ends the asking, without a line", async () => {
  const stop = new AbortController();
  await using server = await startFakeApiServer({
    answer: () => {
      stop.abort();
      return "hang";
    },
  });
  const readiness = new Readiness({ work: "serve" });
  const lines: string[] = [];
  const log = createLogger({ write: (line) => lines.push(line) });
  await noteWhenReached(readiness, configFor(server), { log, signal: stop.signal });
  assert.deepEqual(lines, []);
  assert.equal((await readiness.missing()).length, 2);
});
