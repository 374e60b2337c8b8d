import assert from "#assert";
import { eventually } from "../../tests/support/eventually.ts";
import { connect as connectTcp } from "node:net";
import { setImmediate } from "node:timers/promises";
import { type RunningServer, runServer } from "../../tests/support/agent_server.ts";
import type { GrpcClient, StreamAnswer } from "../../tests/support/grpc_client.ts";
import { createManualClock, type ManualClock } from "../../tests/support/manual_clock.ts";
import { readServerCredentials } from "../../tests/support/server_credentials.ts";
import { anyLog, listing, listOf, record, streaming } from "../../tests/support/test_services.ts";
import { untilAborted } from "../scheduling/abortable.ts";
import { services } from "./descriptor.ts";
import { createAgentServer, ListenError } from "./server.ts";
import type { AgentService } from "./service.ts";

const noNamespaces = { namespaces: [] };
const health = { service: "" };
const { signal: never } = new AbortController();

/** Connects and leaves; tells what came of it. */
async function knock(port: number): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  const socket = connectTcp(port, "127.0.0.1");
  socket.on("connect", () => socket.destroy());
  socket.on("error", (error: Error & { code?: string }) => resolve(error.code ?? error.message));
  socket.on("close", () => resolve("connected"));
  return await promise;
}

/** Sends one record, then nothing until its call is over. */
const oneThenOpen = streaming(async ({ send, signal }) => {
  await send(record("one"));
  await untilAborted({ signal });
});

Deno.test("listen says which address cannot be opened", async () => {
  await using running = await runServer([]);
  const credentials = await readServerCredentials(running.certificates);
  const second = createAgentServer({ credentials, services: [], report: assert.fail });
  await assert.rejects(
    second.listen({ host: "127.0.0.1", port: running.port }),
    (error: unknown) =>
      error instanceof ListenError && error.message.startsWith(`Cannot listen on "127.0.0.1:${running.port}": `) &&
      error.message.includes("EADDRINUSE"),
  );
  await second.stop();
});

Deno.test("drain ends open streams UNAVAILABLE, after what was sent", async () => {
  await using running = await runServer([oneThenOpen]);
  const client = running.client();
  const answers = Array.from({ length: 20 }, () => client.stream(services.logRecords.StreamForward, anyLog));
  for (const answer of answers) assert.equal((await answer.next())?.message, "one");
  const drained = running.server.drain({ signal: never });
  for (const answer of answers) {
    assert.equal(await answer.next(), undefined);
    assert.deepEqual(await answer.ending, { code: "UNAVAILABLE", details: "Server is shutting down" });
  }
  await drained;
  assert.deepEqual(running.reports, []);
});

Deno.test("drain lets unary calls finish, and closes the address", async () => {
  const started = Promise.withResolvers<void>();
  const finish = Promise.withResolvers<void>();
  await using running = await runServer([listing(async ({ signal }) => {
    started.resolve();
    await finish.promise;
    return listOf([`aborted: ${signal.aborted}`]);
  })]);
  const slow = running.client().unary(services.logMetadata.List, noNamespaces);
  await started.promise;
  const drained = running.server.drain({ signal: never });
  await eventually("new connections are refused", async () => await knock(running.port) === "ECONNREFUSED");
  finish.resolve();
  assert.deepEqual((await slow).response?.items.map(({ id }) => id), ["aborted: false"]);
  await drained;
});

Deno.test("drain does not wait for connections that never say anything", async () => {
  await using running = await runServer([oneThenOpen]);
  const silent = connectTcp(running.port, "127.0.0.1");
  const closed = Promise.withResolvers<void>();
  silent.on("close", () => closed.resolve()).on("error", () => {});
  // A whole call, so that the server has seen the silent one, too.
  await running.client().unary(services.health.Check, health);
  await running.server.drain({ signal: never });
  await closed.promise;
});

/** A server with a stream that its client does not read, on the connection of `client`. */
async function unreadStream(clock: ManualClock, beside: readonly AgentService[] = []): Promise<{
  readonly running: RunningServer;
  readonly client: GrpcClient;
  readonly answer: StreamAnswer<unknown>;
}> {
  const big = record("x".repeat(1 << 20));
  let taken = 0;
  const endless = streaming(async ({ send }) => {
    for (;; taken++) await send(big);
  });
  const running = await runServer([endless, ...beside], { clock });
  const client = running.client();
  const answer = client.stream(services.logRecords.StreamForward, anyLog);
  // grpc-js's client takes whatever comes until it is read from once.
  await answer.next();
  let unchanged = 0;
  while (unchanged < 10) {
    const before = taken;
    await client.unary(services.health.Check, health);
    unchanged = taken === before ? unchanged + 1 : 0;
  }
  return { running, client, answer };
}

/** Lets a second of the clock go by, with ticks in between. */
async function secondOf(clock: ManualClock): Promise<void> {
  for (let ms = 0; ms < 1_000; ms += 50) {
    clock.advance(50);
    await setImmediate();
  }
}

Deno.test("drain cuts off a client that has read nothing for a second", async () => {
  const clock = createManualClock();
  const { running, answer } = await unreadStream(clock);
  await using _ = running;
  const drained = running.server.drain({ signal: never });
  await eventually("new connections are refused", async () => await knock(running.port) === "ECONNREFUSED");
  assert.deepEqual(running.cuts, []);
  await secondOf(clock);
  await secondOf(clock);
  assert.deepEqual(running.cuts.map(({ cause }) => cause), ["the client reads nothing while the agent ends"]);
  await drained;
  answer.discard();
  assert.notEqual((await answer.ending).code, "OK");
});

Deno.test("drain does not cut off a client that waits for an answer", async () => {
  const clock = createManualClock();
  const asked = Promise.withResolvers<void>();
  const found = Promise.withResolvers<void>();
  const slow = listing(async () => {
    asked.resolve();
    await found.promise;
    return listOf(["one"]);
  });
  const { running, client, answer } = await unreadStream(clock, [slow]);
  await using _ = running;
  const listed = client.unary(services.logMetadata.List, noNamespaces);
  await asked.promise;
  const drained = running.server.drain({ signal: never });
  await eventually("new connections are refused", async () => await knock(running.port) === "ECONNREFUSED");
  for (let seconds = 0; seconds < 5; seconds++) await secondOf(clock);
  assert.deepEqual(running.cuts, []);
  found.resolve();
  assert.equal((await listed).code, "OK");
  await secondOf(clock);
  await secondOf(clock);
  assert.equal(running.cuts.length, 1);
  await drained;
  answer.discard();
});

Deno.test("drain cuts off what is left when its signal fires, and is the same drain when asked twice", async () => {
  const { running, answer } = await unreadStream(createManualClock());
  await using _ = running;
  const grace = new AbortController();
  let isDrained = false;
  const drained = running.server.drain({ signal: grace.signal }).then(() => isDrained = true);
  const again = running.server.drain({ signal: never });
  await eventually("new connections are refused", async () => await knock(running.port) === "ECONNREFUSED");
  assert.ok(!isDrained);
  grace.abort();
  await Promise.all([drained, again]);
  answer.discard();
  assert.notEqual((await answer.ending).code, "OK");
});

Deno.test("stop cuts off what is open, and tells its handlers", async () => {
  const reason = Promise.withResolvers<unknown>();
  await using running = await runServer([streaming(async ({ sendHeaders, signal }) => {
    sendHeaders();
    await untilAborted({ signal }).catch(reason.resolve);
  })]);
  const answer = running.client().stream(services.logRecords.StreamForward, anyLog);
  answer.discard();
  await answer.headers;
  await running.server.stop();
  assert.match(String(await reason.promise), /^ServerShutdownError|^CallCancelledError/);
  assert.notEqual((await answer.ending).code, "OK");
});

Deno.test("a request as long as its service takes is taken, a longer one is not", async () => {
  const requestLimits = { maxBytes: 2 ** 20, maxFields: 1 };
  const service = listing(({ request }) => listOf([String(request.namespaces[0]?.length)]));
  await using running = await runServer([{ ...service, requestLimits }]);
  const client = running.client();
  // Four bytes of tag and length, and the text.
  const longest = 2 ** 20 - 4;
  const taken = await client.unary(services.logMetadata.List, { namespaces: ["n".repeat(longest)] });
  assert.deepEqual(taken.response?.items.map(({ id }) => id), [String(longest)]);
  const refused = await client.unary(services.logMetadata.List, { namespaces: ["n".repeat(longest + 1)] });
  assert.equal(refused.code, "RESOURCE_EXHAUSTED");
});

Deno.test("a thousand streams on one connection are answered", async () => {
  await using running = await runServer([oneThenOpen]);
  const client = running.client();
  const answers = Array.from({ length: 1_000 }, () => client.stream(services.logRecords.StreamForward, anyLog));
  const first = await Promise.all(answers.map((answer) => answer.next()));
  assert.equal(first.filter((message) => message?.message === "one").length, 1_000);
  for (const answer of answers) answer.cancel();
  await Promise.all(answers.map((answer) => answer.ending));
});

Deno.test("a method that nobody serves is UNIMPLEMENTED", async () => {
  await using running = await runServer([]);
  const client = running.client();
  const method = services.logMetadata.List;
  for (const path of ["/cluster_agent.LogMetadataService/Nope", "/nope.Service/Do", "/", `${method.path}/`]) {
    assert.equal((await client.unary({ ...method, path }, noNamespaces)).code, "UNIMPLEMENTED", path);
  }
});

Deno.test("createAgentServer wants a handler for every method", async () => {
  await using running = await runServer([]);
  const credentials = await readServerCredentials(running.certificates);
  assert.throws(
    () =>
      createAgentServer({ credentials, services: [{ methods: services.health, handlers: {} }], report: assert.fail }),
    { name: "TypeError", message: 'Cannot serve "/grpc.health.v1.Health/Check": no handler for "Check"' },
  );
});
