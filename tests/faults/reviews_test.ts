import assert from "#assert";
import { createAuthorizer } from "../../src/auth/authorizer.ts";
import { createReviewer } from "../../src/kube/access_review.ts";
import { createLogDirectory } from "../../src/metadata/log_directory.ts";
import { services } from "../../src/rpc/descriptor.ts";
import type { LogMetadataWatchEvent } from "../../src/rpc/messages.ts";
import { metadataService } from "../../src/rpc/services/metadata_service.ts";
import { createMetrics } from "../../src/telemetry/metrics.ts";
import {
  configFor,
  type FakeApiServer,
  type Reply,
  reviewReply,
  startFakeApiServer,
} from "../fakes/fake_api_server.ts";
import { type RunningServer, runServer } from "../support/agent_server.ts";
import { eventually } from "../support/eventually.ts";
import { inTime } from "../support/in_time.ts";
import type { GrpcClient, StreamAnswer } from "../support/grpc_client.ts";

const { List, Watch } = services.logMetadata;
const REQUEST = { namespaces: ["shop"] };
const CALLS = 1_000;

interface Rig extends AsyncDisposable {
  readonly running: RunningServer;
  readonly api: FakeApiServer;
  readonly client: GrpcClient;
  /** Gives the answer to a review that the API server holds. */
  answer(reply: Reply): void;
  /** Resolves when the API server has been asked `count` times. */
  asked(count: number): Promise<void>;
}

/** The agent's server, which asks an API server that answers when it is told to. */
async function run(): Promise<Rig> {
  await using stack = new AsyncDisposableStack();
  const held: ((reply: Reply) => void)[] = [];
  const api = stack.use(await startFakeApiServer({ answer: () => new Promise((resolve) => held.push(resolve)) }));
  const containerLogsDir = await Deno.makeTempDir({ prefix: "reviews-" });
  stack.defer(() => Deno.remove(containerLogsDir));
  // No time limit ends a review here.
  const reviewer = stack.use(createReviewer(configFor(api), { limitMs: 3_600_000 }));
  const running = stack.use(
    await runServer([metadataService({
      callerOf: () => ({ kind: "identity", identity: { user: "alice", groups: [], extra: {} } }),
      authorizer: createAuthorizer({ reviewer, allowedNamespaces: [] }),
      directory: createLogDirectory({ containerLogsDir, roots: [containerLogsDir] }),
      nodeName: "node-1",
      metrics: createMetrics(),
      onSkip: () => {},
    })]),
  );
  const client = stack.use(running.client());
  const made = stack.move();
  return {
    running,
    api,
    client,
    answer: (reply) => (held.shift() ?? assert.fail("a review is held"))(reply),
    asked: (count) => eventually(`the API server is asked ${count} times`, () => api.seen.length === count),
    [Symbol.asyncDispose]: () => made.disposeAsync(),
  };
}

/** Makes a thousand equal lists at once, of which one review is put, and answers it. */
async function listAtOnce({ running, api, client, answer, asked }: Rig, reply: Reply): Promise<ReadonlySet<string>> {
  const begun = running.calls.begun.length;
  const reviews = api.seen.length;
  const lists = Array.from({ length: CALLS }, () => client.unary(List, REQUEST, { deadlineMs: 60_000 }));
  await asked(reviews + 1);
  await eventually("all calls have begun", () => running.calls.begun.length === begun + CALLS);
  answer(reply);
  const codes = new Set((await Promise.all(lists)).map(({ code }) => code));
  assert.equal(api.seen.length, reviews + 1, "one review");
  return codes;
}

Deno.test("fault 87: a thousand equal calls at once are one review, allowed or denied, and then remembered", async () => {
  for (const [isAllowed, code] of [[true, "OK"], [false, "PERMISSION_DENIED"]] as const) {
    await using rig = await run();
    assert.deepEqual(await listAtOnce(rig, reviewReply({ allowed: isAllowed })), new Set([code]));
    assert.equal((await rig.client.unary(List, REQUEST)).code, code);
    assert.equal(rig.api.seen.length, 1);
  }
});

Deno.test("fault 87: of a review that fails all get the error, and the next call asks again", async () => {
  await using rig = await run();
  for (const reply of [{ status: 403, body: "{}" }, "reset", { status: 201, body: "{" }] as const) {
    assert.deepEqual(await listAtOnce(rig, reply), new Set(["UNAVAILABLE"]));
  }
  assert.deepEqual(await listAtOnce(rig, reviewReply({ allowed: true })), new Set(["OK"]));
});

Deno.test("fault 75: a review goes on while one of its callers waits, and is ended when the last one cancels", async () => {
  await using rig = await run();
  const { running, api, client, asked } = rig;
  const watch = (): StreamAnswer<LogMetadataWatchEvent> => client.stream(Watch, REQUEST);
  const [first, second, third] = [watch(), watch(), watch()];
  await eventually("all calls have begun", () => running.calls.begun.length === 3);
  await asked(1);
  first.cancel();
  await first.ending;
  await eventually("the first has ended", () => running.calls.ended.length === 1);
  rig.answer(reviewReply({ allowed: true }));
  for (const watch of [second, third]) {
    await watch.headers;
    watch.cancel();
    await watch.ending;
  }
  assert.equal(api.seen.length, 1, "the first one's review was everybody's");

  await using other = await run();
  const both = Array.from({ length: 2 }, () => other.client.stream(Watch, REQUEST));
  await eventually("both have begun", () => other.running.calls.begun.length === 2);
  await other.asked(1);
  for (const watch of both) {
    watch.cancel();
    await watch.ending;
  }
  await inTime(() => "the connection of the review is closed", other.api.closed(1));
  const again = other.client.unary(List, REQUEST);
  await other.asked(2);
  other.answer("hang");
  other.answer(reviewReply({ allowed: true }));
  assert.equal((await again).code, "OK");
});
