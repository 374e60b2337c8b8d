import assert from "#assert";
import { EventEmitter } from "node:events";
import http2, { type Http2Session } from "node:http2";
import { setImmediate } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { runServer } from "./support/agent_server.ts";
import { type BigStreamServer, recordCount } from "./support/big_stream_server.ts";
import { connect } from "./support/grpc_client.ts";
import { anyLog } from "./support/test_services.ts";
import { services } from "../src/rpc/descriptor.ts";
import { guardClientSessions } from "../src/collector/relay/client_sessions.ts";
import { endInOwnTick } from "../src/scheduling/own_tick.ts";

/** A session that notes what is done to it. */
function notedSession(): { session: Http2Session; notes: unknown[] } {
  const notes: unknown[] = [];
  const session = Object.assign(new EventEmitter(), {
    destroy: (...parameters: unknown[]) => notes.push(["destroy", ...parameters]),
    close: (...parameters: unknown[]) => notes.push(["close", ...parameters]),
  });
  endInOwnTick(session as unknown as Http2Session);
  return { session: session as unknown as Http2Session, notes };
}

Deno.test("endInOwnTurn puts destroy and close off to a turn of their own", async () => {
  const { session, notes } = notedSession();
  const error = new Error("over");
  session.destroy(error, 8);
  session.close();
  await Promise.resolve();
  assert.deepEqual(notes, []);
  await setImmediate();
  assert.deepEqual(notes, [["destroy", error, 8], ["close"]]);
});

Deno.test("a session that is closed calls back, even when it ends before its turn", async () => {
  const { session } = notedSession();
  const { promise, resolve } = Promise.withResolvers<void>();
  session.close(resolve);
  session.emit("close");
  await promise;
  await setImmediate();
});

Deno.test("grpc-js takes connect from node:http2 for each connection, where guardClientSessions has changed it", async () => {
  guardClientSessions();
  await using running = await runServer([]);
  const before = http2.connect;
  let sessions = 0;
  http2.connect = new Proxy(before, {
    apply: (target, self, parameters) => {
      sessions += 1;
      const session = Reflect.apply(target, self, parameters);
      assert.ok(Object.hasOwn(session, "destroy") && Object.hasOwn(session, "close"));
      return session;
    },
  });
  try {
    assert.equal((await running.client().unary(services.health.Check, { service: "" })).code, "OK");
  } finally {
    http2.connect = before;
  }
  assert.equal(sessions, 1);
});

Deno.test("clients survive a server that goes away", async () => {
  for (let i = 0; i < 20; i++) {
    await using running = await runServer([]);
    assert.equal((await running.client().unary(services.health.Check, { service: "" })).code, "OK");
    await running.server.drain({ signal: new AbortController().signal });
  }
});

Deno.test("a server survives clients that leave after a big stream", async () => {
  const script = fileURLToPath(import.meta.resolve("./support/big_stream_server.ts"));
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", "--no-check", script],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const lines = child.stdout.pipeThrough(new TextDecoderStream());
  const { value: line = "" } = await lines.getReader().read();
  const server: BigStreamServer = JSON.parse(line);
  for (let left = 0; left < 12; left++) {
    using client = connect(server);
    const count = (): ReturnType<typeof client.count> => client.count(services.logRecords.StreamForward, anyLog);
    // Two at a time: without the guard every second run of this test meets the abort.
    for (const { messages, code } of await Promise.all([count(), count()])) {
      assert.deepEqual([messages, code], [recordCount, "OK"]);
    }
  }
  using last = connect(server);
  assert.equal((await last.unary(services.health.Check, { service: "" })).code, "OK");
  await child.stdin.close();
  assert.equal((await child.status).code, 0);
});
