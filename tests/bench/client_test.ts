import assert from "#assert";
import { services } from "../../src/rpc/descriptor.ts";
import { type RunningServer, runServer } from "../support/agent_server.ts";
import { anyLog, framedStreaming } from "../support/test_services.ts";
import { runBundledClient } from "./_bundled_client.ts";
import type { BenchClient } from "./client_process.ts";
import type { Calls } from "./client_protocol.ts";

const FRAME = Uint8Array.of(0, 0, 0, 0, 2, 7, 7);
/** With a body of 65,536 bytes. */
const LARGE_FRAME = Uint8Array.of(0, 0, 1, 0, 0, ...new Uint8Array(1 << 16));

/**
 * A server whose stream sends as many frames as the request's `grep` says; `-1` fails, `1+` sends one and stays open,
 * `1L` sends a large one.
 */
async function runCountingServer(): Promise<
  RunningServer & { readonly left: Promise<void>; readonly called: Promise<void> }
> {
  const left = Promise.withResolvers<void>();
  const called = Promise.withResolvers<void>();
  const server = await runServer([framedStreaming(async ({ request, send, signal }) => {
    called.resolve();
    const count = parseInt(request.grep);
    if (count < 0) throw new Error("Cannot send a negative number of frames");
    for (let sent = 0; sent < count; sent += 1) await send(request.grep.endsWith("L") ? LARGE_FRAME : FRAME);
    if (!request.grep.endsWith("+")) return;
    if (!signal.aborted) await new Promise((resolve) => signal.addEventListener("abort", resolve));
    left.resolve();
  })]);
  return { ...server, left: left.promise, called: called.promise };
}

function runClient(server: RunningServer): Promise<BenchClient> {
  return runBundledClient(server, "client.ts");
}

function calls({ port }: RunningServer, greps: readonly string[]): Calls {
  const { path, requestSerialize } = services.logRecords.StreamForward;
  return { port, path, messages: greps.map((grep) => requestSerialize({ ...anyLog, grep }).toString("base64")) };
}

Deno.test("the client counts the messages of all its streams, and tells what failed", async () => {
  await using server = await runCountingServer();
  await using client = await runClient(server);
  const good = await client.ask({ kind: "streams", ...calls(server, ["3", "0", "40"]) });
  assert.deepEqual([good.frames, good.bytes, good.failures], [43, 43 * FRAME.length, []]);
  assert(good.wallMs > 0);
  const bad = await client.ask({ kind: "streams", ...calls(server, ["-1", "2", "-1"]) });
  assert.equal(bad.frames, 2);
  assert.deepEqual(bad.failures, ["status 13: internal error"]);
});

Deno.test("the client has a thousand calls at once, and more than fits into the windows", async () => {
  await using server = await runCountingServer();
  await using client = await runClient(server);
  const many = await client.ask({ kind: "streams", ...calls(server, Array(1_000).fill("2")) });
  assert.deepEqual([many.frames, many.failures], [2_000, []]);
  const long = await client.ask({ kind: "streams", ...calls(server, ["400L"]) });
  assert.deepEqual([long.frames, long.bytes, long.failures], [400, 400 * LARGE_FRAME.length, []]);
});

Deno.test("the client cancels a call after its first message where only that is asked for", async () => {
  await using server = await runCountingServer();
  await using client = await runClient(server);
  const { latenciesMs, failures } = await client.ask({ kind: "first", ...calls(server, ["1+", "1+"]) });
  assert.deepEqual([latenciesMs.length, failures], [2, []]);
  await server.left;
});

Deno.test("the client cancels thousands of answered calls, and its connection goes on", async () => {
  await using server = await runCountingServer();
  await using client = await runClient(server);
  const often = await client.ask({ kind: "first", ...calls(server, Array(2_000).fill("1+")) });
  assert.deepEqual([often.latenciesMs.length, often.failures], [2_000, []]);
});

Deno.test("the client tells at once that its connection was closed", async () => {
  await using server = await runCountingServer();
  await using client = await runClient(server);
  const asked = client.ask({ kind: "streams", ...calls(server, Array(10).fill("1+")) });
  await server.called;
  await server.server.stop();
  const { failures } = await asked;
  assert.match(failures.join(), /the connection was closed|status 14/);
});

Deno.test("the client probes until it is told to finish", async () => {
  await using server = await runCountingServer();
  await using client = await runClient(server);
  await client.ask({ kind: "probe", everyMs: 1, ...calls(server, ["1"]) });
  await server.called;
  const { latenciesMs, frames, failures } = await client.ask({ kind: "finish" });
  assert(frames > 0 && latenciesMs.length === frames);
  assert.deepEqual(failures, []);
});

Deno.test("the client tells that it cannot connect", async () => {
  await using server = await runCountingServer();
  await using client = await runClient(server);
  const { failures } = await client.ask({ kind: "streams", ...calls(server, ["1"]), port: 1 });
  assert.match(failures.join(), /ECONNREFUSED/);
});
