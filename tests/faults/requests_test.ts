import assert from "#assert";
import { type ClientHttp2Session, connect as connectHttp2 } from "node:http2";
import { once } from "node:events";
import { sourceCommand } from "../support/agent_process.ts";
import { services } from "../../src/rpc/descriptor.ts";
import { engineFlags, V8_FLAGS } from "../support/agent_bundle.ts";
import { connect } from "../support/grpc_client.ts";
import { drawHostile, type HostileRequest } from "../support/hostile_requests.ts";
import { createRandom } from "../support/random.ts";
import { runAgent, type RunningAgent } from "../support/running_agent.ts";
import { anyLog } from "../support/test_services.ts";

/**
 * How long a request may hold the thread: the bar is 50 ms of the thread, and this is by the clock, on a machine that
 * others use as well, or that is ten times slower. What costs more than its length takes seconds;
 * `src/search/syntax/hostile_text_test.ts` measures the thread itself.
 */
const MAX_HELD_MS = 2_000;
/** What a request may let the process grow by. */
const MAX_GROWTH = 16 * 2 ** 20;
/** Other processes share the machine: the least of so many tries counts. */
const TRIES = 8;
const WARM_UP = 40;
// With FULL=1: 60 of them, each waited for
const isFull = Deno.env.get("FULL") !== undefined;
const DRAWS = Number(Deno.env.get("SEEDS") ?? (isFull ? 60 : 30));
/**
 * After so many health checks a request without an answer is cancelled: a thousand namespaces are a thousand reviews,
 * which take half a minute at the rate that the agent allows itself.
 */
const MAX_CHECKS = isFull ? Infinity : 100;
const DEADLINE_MS = 60_000;
const SEED = Number(Deno.env.get("SEED") ?? 1 + Math.floor(Math.random() * 1e6));

function open(rig: RunningAgent): ClientHttp2Session {
  return connectHttp2(`https://localhost:${rig.agent.port}`, {
    ca: rig.authority.certPem,
    key: rig.leaf.keyPem,
    cert: rig.leaf.certPem,
  });
}

/** Sends a request, and resolves with the status of the answer, or with nothing where it goes on or is cancelled. */
async function send(
  session: ClientHttp2Session,
  request: HostileRequest,
  { signal }: { readonly signal: AbortSignal },
): Promise<string | undefined> {
  const stream = session.request({
    ":method": "POST",
    ":path": request.path,
    "content-type": "application/grpc",
    te: "trailers",
    "x-remote-user": "tester",
    ...request.headers,
  });
  const { promise, resolve, reject } = Promise.withResolvers<string | undefined>();
  const timer = setTimeout(() => reject(new Error(`No answer within ${DEADLINE_MS} ms: ${request.what}`)), DEADLINE_MS);
  const resolveStatus = (headers: Record<string, unknown>): void => {
    if (typeof headers["grpc-status"] === "string") resolve(headers["grpc-status"]);
  };
  const cancel = (): void => resolve(undefined);
  signal.addEventListener("abort", cancel, { once: true });
  stream.on("response", (headers) => {
    resolveStatus(headers);
    // A watch that is let in has no end.
    if (request.path.endsWith("/Watch")) resolve(undefined);
  });
  stream.on("trailers", resolveStatus);
  stream.on("error", () => {});
  stream.on("close", () => resolve(undefined));
  stream.resume();
  stream.end(request.frame);
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", cancel);
    if (!stream.closed) {
      stream.close();
      await once(stream, "close");
    }
  }
}

/** Returns the longest time, in milliseconds, that a health check took while `work` went on; aborts it after many. */
async function longestCheck(
  rig: RunningAgent,
  work: (options: { readonly signal: AbortSignal }) => Promise<unknown>,
): Promise<number> {
  const client = connect({ port: rig.agent.port, ca: rig.authority.certPem, leaf: rig.leaf });
  try {
    await client.unary(services.health.Check, { service: "" });
    let isOver = false;
    const enough = new AbortController();
    const done = work({ signal: enough.signal }).finally(() => isOver = true);
    let longest = 0;
    for (let checks = 1; checks === 1 || !isOver; checks++) {
      const before = performance.now();
      const { code } = await client.unary(services.health.Check, { service: "" }, { deadlineMs: DEADLINE_MS });
      assert.equal(code, "OK");
      longest = Math.max(longest, performance.now() - before);
      if (checks >= MAX_CHECKS) enough.abort();
    }
    await done;
    return longest;
  } finally {
    client[Symbol.dispose]();
  }
}

Deno.test("fault hostile requests: no request holds the thread or makes the process grow, whatever is in it", async () => {
  const random = createRandom(SEED);
  const [program = "", run = "", ...words] = sourceCommand;
  await using rig = await runAgent({ command: [program, run, ...engineFlags(V8_FLAGS), ...words] });
  const log = await rig.tree.addCri({ namespace: "default", pod: "web", container: "app" });
  const session = open(rig);
  try {
    for (let index = 0; index < WARM_UP; index++) {
      const request = drawHostile(random, log);
      await longestCheck(rig, (options) => send(session, request, options));
    }
    for (let index = 0; index < DRAWS; index++) {
      const request = drawHostile(random, log);
      let [held, growth] = [Infinity, Infinity];
      let status: string | undefined;
      for (let tries = 0; tries < TRIES && (held > MAX_HELD_MS || growth > MAX_GROWTH); tries++) {
        const { rssBytes } = await rig.usage();
        await rig.forgetPeak();
        held = Math.min(
          held,
          await longestCheck(rig, async (options) => status = await send(session, request, options)),
        );
        growth = Math.min(growth, (await rig.usage()).peakBytes - rssBytes);
      }
      const what = `SEED=${SEED}, request ${index}, answered by ${status}: ${request.what}`;
      assert.ok(held <= MAX_HELD_MS, `${held} ms: ${what}`);
      assert.ok(growth <= MAX_GROWTH, `${growth} bytes: ${what}`);
    }
  } finally {
    session.destroy();
  }
});

Deno.test("fault hostile requests: what is refused for its size is told why", async () => {
  await using rig = await runAgent();
  const client = connect({ port: rig.agent.port, ca: rig.authority.certPem, leaf: rig.leaf });
  try {
    const call = { metadata: [["x-remote-user", "tester"]] as const };
    const list = async (namespaces: readonly string[]): Promise<string> => {
      const { code, details } = await client.unary(services.logMetadata.List, { namespaces }, call);
      return `${code}: ${details}`;
    };
    assert.equal(await list(Array.from({ length: 10_000 }, () => "default")), "OK: OK");
    assert.equal(
      await list(Array.from({ length: 10_001 }, () => "")),
      "RESOURCE_EXHAUSTED: Cannot take the request: more than the 10000 fields that are allowed",
    );
    assert.equal(
      await list(["default", "n".repeat(1_025)]),
      `INVALID_ARGUMENT: Cannot use namespaces "${"n".repeat(100)}": it is over 1024 bytes`,
    );
    assert.match(await list(["n".repeat(2 ** 21)]), /^RESOURCE_EXHAUSTED: Received message larger than max/);
    const records = client.stream(services.logRecords.StreamForward, { ...anyLog, grep: "a".repeat(300_000) }, call);
    records.discard();
    const { code, details } = await records.ending;
    assert.equal(code, "RESOURCE_EXHAUSTED");
    assert.match(details, /^Cannot take the request: 30\d{4} bytes, at most 262144 are allowed$/);
    const reflection = client.converse(services.reflection.ServerReflectionInfo);
    reflection.say({ host: "", file_by_filename: "f".repeat(60_000) });
    const message = (await reflection.next())?.error_response?.error_message;
    assert.equal(message, `file '${"f".repeat(1_024)}…' not found`);
    reflection.say({ host: "", file_by_filename: "f".repeat(70_000) });
    assert.equal(await reflection.next(), undefined);
    assert.equal((await reflection.ending).code, "RESOURCE_EXHAUSTED");
  } finally {
    client[Symbol.dispose]();
  }
});
