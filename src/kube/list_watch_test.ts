import assert from "#assert";
import { eventually } from "../../tests/support/eventually.ts";
import { inTime } from "../../tests/support/in_time.ts";
import { issue, makeAuthority } from "../../tests/fakes/certificates.ts";
import { configOf } from "../../tests/fakes/fake_api_server.ts";
import {
  type FakeCluster,
  type FakeClusterOptions,
  type Fault,
  startFakeCluster,
} from "../../tests/fakes/fake_cluster.ts";
import { createKubeClient } from "./api_client.ts";
import type { KubeConfig } from "./credentials.ts";
import { listWatch, type ListWatchOptions } from "./list_watch.ts";

const authority = await makeAuthority("fake authority");
const leaf = await issue(authority, { commonName: "api-server", names: ["127.0.0.1"], usages: ["server"] });

function trustingConfig(url: string, headers: () => Record<string, string> = () => ({})): KubeConfig {
  return configOf(url, () => ({ ca: authority.certPem, headers: headers() }));
}

interface Told extends AsyncDisposable {
  /** The next events, as `Apply a`; they have to come. */
  next(count: number): Promise<readonly string[]>;
  readonly notices: readonly string[];
  readonly pauses: readonly number[];
  readonly cluster: FakeCluster;
}

type Options = FakeClusterOptions & Partial<ListWatchOptions<string>>;

/** Watches the pods of a fake, by their uids; pauses are noted and not made. */
async function watching(uids: readonly string[], options: Options = {}): Promise<Told> {
  const cluster = await startFakeCluster({ tls: leaf, ...options });
  for (const uid of uids) cluster.put("pods", { metadata: { uid } });
  const client = createKubeClient(trustingConfig(cluster.url));
  const stop = new AbortController();
  const notices: string[] = [];
  const pauses: number[] = [];
  const events = listWatch<string>({
    client,
    path: "/api/v1/pods",
    pick: (object) => (object as { metadata: { uid?: string } }).metadata.uid,
    onRetry: (notice) => notices.push(notice),
    signal: stop.signal,
    pageSize: 2,
    random: () => 1,
    pause: (ms) => {
      pauses.push(ms);
      return Promise.resolve();
    },
    ...options,
  });
  return {
    cluster,
    notices,
    pauses,
    next: async (count) => {
      const told: string[] = [];
      while (told.length < count) {
        const missing = (): string => {
          const state = JSON.stringify({ told, notices, requests: cluster.requests });
          return `event ${told.length + 1} of ${count} comes: ${state}`;
        };
        const { value, done } = await inTime(missing, events.next());
        assert(!done, "the events have ended");
        told.push("object" in value ? `${value.type} ${value.object}` : value.type);
      }
      return told;
    },
    [Symbol.asyncDispose]: async () => {
      const last = events.next();
      stop.abort();
      assert.deepEqual(await last, { done: true, value: undefined });
      client[Symbol.dispose]();
      await cluster.stop();
    },
  };
}

/** Resolves when the fake has so many watches, or so many requests. */
async function until(isSo: () => boolean): Promise<void> {
  await eventually("so many watches or requests", isSo);
}

function watchesOf({ requests }: FakeCluster): readonly string[] {
  return requests.filter((path) => path.includes("watch=true"));
}

function versionOf(path: string | undefined): number {
  return Number(new URL(path ?? "", "http://x").searchParams.get("resourceVersion"));
}

const LISTED = ["Init", "InitApply a", "InitApply b", "InitApply c", "InitDone"];

Deno.test("listWatch lists in pages, then watches from the list's version", async () => {
  await using told = await watching(["a", "b", "c"]);
  const { cluster, next } = told;
  assert.deepEqual(await next(5), LISTED);
  const changes = next(4);
  await until(() => cluster.watches === 1);
  cluster.put("pods", { metadata: { uid: "d" } });
  cluster.put("pods", { metadata: { uid: "d" } });
  cluster.remove("pods", "a");
  cluster.put("replicasets", { metadata: { uid: "another kind" } });
  cluster.put("pods", { metadata: { uid: "é" } });
  assert.deepEqual(await changes, ["Apply d", "Apply d", "Delete a", "Apply é"]);
  const [first, second, third, ...more] = cluster.requests;
  assert.equal(first, "/api/v1/pods?limit=2");
  assert.match(second ?? "", /^\/api\/v1\/pods\?limit=2&continue=[\w-]+$/);
  assert.equal(third, "/api/v1/pods?watch=true&timeoutSeconds=290&allowWatchBookmarks=true&resourceVersion=1003");
  assert.deepEqual([more, told.notices, told.pauses], [[], [], []]);
});

Deno.test("listWatch goes on where it was when a watch ends, bookmarks included", async () => {
  await using told = await watching(["a", "b", "c"]);
  const { cluster, next } = told;
  await next(5);
  const change = next(1);
  await until(() => cluster.watches === 1);
  cluster.put("pods", { metadata: { uid: "d" } });
  await change;
  const later = next(1);
  for (let number = 0; number < 5; number++) cluster.put("jobs", { metadata: { uid: "j" } });
  cluster.bookmark();
  cluster.endWatches();
  await until(() => watchesOf(cluster).length === 2 && cluster.watches === 1);
  assert.equal(versionOf(watchesOf(cluster)[1]), 1009);
  cluster.put("pods", { metadata: { uid: "e" } });
  assert.deepEqual(await later, ["Apply e"]);
  assert.deepEqual([told.notices, told.pauses], [[], []]);
});

Deno.test("listWatch misses nothing that happens while no watch is open", async () => {
  await using told = await watching(["a", "b", "c"]);
  const { cluster, next } = told;
  await next(5);
  const change = next(3);
  await until(() => cluster.watches === 1);
  cluster.disconnect();
  cluster.put("pods", { metadata: { uid: "d" } });
  cluster.remove("pods", "d");
  cluster.put("pods", { metadata: { uid: "e" } });
  assert.deepEqual(await change, ["Apply d", "Delete d", "Apply e"]);
  assert.match(told.notices[0] ?? "", /^Cannot watch \/api\/v1\/pods: Cannot reach the API server/);
  assert.deepEqual(told.pauses, [500]);
});

for (const expireAs of ["event", "status"] as const) {
  Deno.test(`listWatch lists anew when its version is forgotten, told by ${expireAs}`, async () => {
    await using told = await watching(["a", "b", "c"], { expireAs });
    const { cluster, next } = told;
    await next(5);
    const listedAgain = next(4);
    await until(() => cluster.watches === 1);
    await cluster.stop();
    cluster.remove("pods", "a");
    cluster.forget();
    await cluster.start();
    assert.deepEqual(await listedAgain, ["Init", "InitApply b", "InitApply c", "InitDone"]);
    assert(told.notices.some((notice) => notice.endsWith("answered 410: too old resource version")));
  });
}

Deno.test("listWatch pauses longer and longer while versions are forgotten again and again", async () => {
  const gone = { status: 410, body: "{}" };
  await using told = await watching([], { fault: (path) => path.includes("watch=true") ? gone : undefined });
  await told.next(10);
  // The first is taken for chance.
  assert.deepEqual(told.pauses, [1_000, 2_000, 4_000]);
});

Deno.test("listWatch begins its list anew when a page fails or is forgotten", async () => {
  const faults: (Fault | undefined)[] = [undefined, { status: 500, body: '{"message":"etcd is away"}' }, undefined];
  await using told = await watching(["a", "b", "c"], { fault: () => faults.shift() });
  const { cluster, next } = told;
  assert.deepEqual(await next(6), ["Init", "InitApply a", "InitApply b", "Init", "InitApply a", "InitApply b"]);
  cluster.forget();
  assert.deepEqual(await next(5), LISTED);
  assert.deepEqual(
    told.notices,
    [
      "Cannot list /api/v1/pods: the API server answered 500: etcd is away",
      "Cannot watch /api/v1/pods: the API server answered 410: too old resource version",
    ].map((notice) => notice.replace("watch", notice.includes("410") ? "list" : "watch")),
  );
});

Deno.test("listWatch pauses longer and longer, up to half a minute, while nobody answers, and not at all afterwards", async () => {
  let failing = 9;
  const fault = (): Fault | undefined => failing-- > 0 ? "cut" : undefined;
  await using told = await watching(["a"], { fault });
  assert.deepEqual((await told.next(12)).slice(-3), ["Init", "InitApply a", "InitDone"]);
  assert.deepEqual(told.pauses, [500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
  const change = told.next(1);
  await until(() => told.cluster.watches === 1);
  told.cluster.put("pods", { metadata: { uid: "b" } });
  await change;
  failing = 1;
  const next = told.next(1);
  told.cluster.disconnect();
  await until(() => told.pauses.length >= 10);
  assert.equal(told.pauses[9], 500);
  await until(() => told.cluster.watches === 1);
  told.cluster.put("pods", { metadata: { uid: "c" } });
  await next;
});

Deno.test("listWatch lets chance decide about pauses", async () => {
  let failing = 2;
  const fault = (): Fault | undefined => failing-- > 0 ? "cut" : undefined;
  await using told = await watching([], { fault, random: () => 0 });
  await told.next(4);
  assert.deepEqual(told.pauses, [200, 400]);
});

Deno.test("listWatch pauses when watches end as soon as they begin", async () => {
  let watches = 0;
  const fault = (path: string): Fault | undefined =>
    path.includes("watch=true") && watches++ < 3 ? { status: 200, body: "" } : undefined;
  await using told = await watching(["a"], { fault });
  await told.next(3);
  const change = told.next(1);
  await until(() => told.cluster.watches === 1);
  assert.deepEqual(told.pauses, [500, 1_000, 2_000]);
  told.cluster.put("pods", { metadata: { uid: "b" } });
  assert.deepEqual(await change, ["Apply b"]);
});

Deno.test("listWatch gives up a watch that says nothing", async () => {
  let watches = 0;
  const fault = (path: string): Fault | undefined =>
    path.includes("watch=true") && watches++ === 0 ? "hang" : undefined;
  await using told = await watching(["a"], { fault, idleLimitMs: 20 });
  await told.next(3);
  const change = told.next(1);
  await until(() => watches >= 3);
  told.cluster.put("pods", { metadata: { uid: "b" } });
  assert.deepEqual(await change, ["Apply b"]);
  assert.equal(told.notices[0], "Cannot watch /api/v1/pods: a watch without a word within 20 ms");
});

Deno.test("listWatch gives up a page that does not come", async () => {
  const faults: (Fault | undefined)[] = ["hang"];
  await using told = await watching(["a"], { fault: () => faults.shift(), pageLimitMs: 20 });
  assert.deepEqual(await told.next(2), ["Init", "Init"]);
  assert.equal(told.notices[0], "Cannot list /api/v1/pods: no complete answer within 20 ms");
  // A machine that is busy may take longer than that for other pages, too.
  let next: string | undefined;
  await eventually("the list is complete", async () => {
    [next] = await told.next(1);
    return next === "InitDone";
  });
});

Deno.test("listWatch gives up a refusal that does not come to its end", async () => {
  await using cluster = await startFakeCluster({ tls: leaf });
  using client = createKubeClient(trustingConfig(cluster.url));
  let watches = 0;
  await using told = await watching(["a"], {
    idleLimitMs: 20,
    client: {
      stream: async (request) => {
        if (!request.path.includes("watch=true") || watches++ > 0) return await client.stream(request);
        const chunks = (async function* (): AsyncGenerator<Uint8Array> {
          yield new TextEncoder().encode('{"message":');
          await new Promise((_, reject) => {
            request.signal.addEventListener("abort", () => reject(request.signal.reason));
          });
        })();
        return { status: 503, chunks, [Symbol.dispose]: () => {} };
      },
    },
  });
  await told.next(2);
  const change = told.next(1);
  await until(() => watches >= 2 && cluster.watches === 1);
  cluster.put("pods", { metadata: { uid: "b" } });
  assert.deepEqual(await change, ["Apply b"]);
  assert.equal(told.notices[0], "Cannot watch /api/v1/pods: a watch without a word within 20 ms");
});

for (
  const [what, line, again] of [
    ["another error", '{"type":"ERROR","object":{"code":500,"message":"etcd is away"}}', "watch"],
    ["an event of no known type", '{"type":"SURPRISE","object":{"metadata":{"resourceVersion":"5"}}}', "watch"],
    ["what is not JSON", "{", "watch"],
    ["null", "null", "list"],
    ["a number", "42", "list"],
    ["text", '"text"', "list"],
    ["an error that is null", '{"type":"ERROR","object":null}', "watch"],
    ["an error of another shape", '{"type":"ERROR","object":{"code":"410","message":{"toString":1}}}', "watch"],
    ["an object that is null", '{"type":"ADDED","object":null}', "list"],
    ["metadata that is null", '{"type":"ADDED","object":{"metadata":null}}', "list"],
    ["a version that is a number", '{"type":"ADDED","object":{"metadata":{"resourceVersion":5}}}', "list"],
    ["a type that is an object", '{"type":{},"object":{"metadata":{"resourceVersion":"5"}}}', "watch"],
    ["an event without a version", '{"type":"ADDED","object":{"metadata":{"uid":"x"}}}', "list"],
  ] as const
) {
  Deno.test(`listWatch ${again === "list" ? "lists anew" : "goes on watching"} after ${what}`, async () => {
    await using told = await watching(["a"]);
    const { cluster, next } = told;
    await next(3);
    const after = next(again === "list" ? 3 : 1);
    await until(() => cluster.watches === 1);
    cluster.say(line);
    await until(() => watchesOf(cluster).length === 2 || told.notices.length === 1);
    if (again === "watch") cluster.put("pods", { metadata: { uid: "b" } });
    const events = await after;
    assert.equal(events.at(-1), again === "list" ? "InitDone" : "Apply b");
    assert.equal(told.notices.length, 1);
  });
}

for (
  const body of [
    ...["null", "[]", "42", '"text"', "{}", '{"metadata":null,"items":[]}', '{"metadata":{"resourceVersion":5}}'],
    '{"metadata":{"resourceVersion":"5","continue":{}},"items":[]}',
  ]
) {
  Deno.test(`listWatch lists anew where the list is ${body}`, async () => {
    const faults: Fault[] = [{ status: 200, body }, { status: 200, body }];
    await using told = await watching(["a"], { fault: () => faults.shift() });
    assert.deepEqual(await told.next(5), ["Init", "Init", "Init", "InitApply a", "InitDone"]);
    assert.deepEqual([told.notices.length, told.pauses], [2, [500, 1_000]]);
  });
}

Deno.test("listWatch does not ask for the same page again and again", async () => {
  const body = '{"metadata":{"continue":"x"},"items":[]}';
  const faults: Fault[] = [{ status: 200, body }, { status: 200, body }];
  await using told = await watching(["a"], { fault: () => faults.shift() });
  assert.deepEqual(await told.next(4), ["Init", "Init", "InitApply a", "InitDone"]);
});

Deno.test("listWatch leaves out a line that is too long, tells, and goes on behind it", async () => {
  let skipped = 0;
  await using told = await watching(["a"], { onSkip: () => skipped++ });
  await told.next(3);
  const change = told.next(1);
  await until(() => told.cluster.watches === 1);
  told.cluster.say(`{"type":"ADDED","object":{"metadata":{"uid":"${"x".repeat(17 << 20)}"}}}`);
  told.cluster.put("pods", { metadata: { uid: "b" } });
  assert.deepEqual(await change, ["Apply b"]);
  assert.deepEqual([skipped, told.notices], [1, []]);
});

Deno.test("listWatch leaves the API server alone for as long as it asks", async () => {
  const headers = { "retry-after": "7" };
  const faults: Fault[] = [{ status: 429, body: "", headers }, {
    status: 503,
    body: "",
    headers: { "retry-after": "0" },
  }];
  await using told = await watching(["a"], { fault: () => faults.shift() });
  await told.next(5);
  assert.deepEqual(told.pauses, [7_000, 1_000]);
});

Deno.test("listWatch leaves the API server alone for as long as a status asks, as an answer and within a watch", async () => {
  const status = { kind: "Status", code: 503, message: "busy", details: { retryAfterSeconds: 9 } };
  const faults: Fault[] = [{ status: 503, body: JSON.stringify(status) }];
  await using told = await watching(["a"], { fault: () => faults.shift() });
  assert.deepEqual(await told.next(4), ["Init", "Init", "InitApply a", "InitDone"]);
  const change = told.next(1);
  await until(() => told.cluster.watches === 1);
  told.cluster.say(JSON.stringify({ type: "ERROR", object: { ...status, code: 504 } }));
  await until(() => watchesOf(told.cluster).length === 2);
  told.cluster.put("pods", { metadata: { uid: "b" } });
  assert.deepEqual(await change, ["Apply b"]);
  assert.deepEqual(told.pauses, [9_000, 9_000]);
});

Deno.test("listWatch shows the token that has taken the place of a refused one, without a pause", async () => {
  let isReplaced = false;
  const shown: boolean[] = [];
  await using cluster = await startFakeCluster({
    tls: leaf,
    fault: () => {
      shown.push(isReplaced);
      return isReplaced ? undefined : { status: 401, body: "{}" };
    },
  });
  const config = trustingConfig(cluster.url);
  using client = createKubeClient({
    ...config,
    credentials: async ({ fresh } = {}) => {
      isReplaced ||= fresh === true;
      const headers = { authorization: isReplaced ? "Bearer new" : "Bearer old" };
      return { ...await config.credentials(), headers };
    },
  });
  await using told = await watching([], { client });
  assert.deepEqual(await told.next(2), ["Init", "InitDone"]);
  assert.deepEqual([told.notices, told.pauses, shown.slice(0, 2)], [[], [], [false, true]]);
});

Deno.test("listWatch goes on, on a new connection, when a kept one breaks under a list or watch", async () => {
  let requests = 0;
  // The second page comes over the connection of the first, and so does the watch that follows an ended one.
  await using told = await watching(["a", "b", "c"], { fault: () => ++requests === 2 ? "cut" : undefined });
  assert.deepEqual(await told.next(5), LISTED);
  assert.deepEqual([told.notices, told.cluster.requests.length], [[], 3]);
});

Deno.test("listWatch leaves out what is not wanted, and goes on behind it", async () => {
  await using told = await watching(["a", "skip", "c"], {
    pick: (object) => {
      const { uid } = (object as { metadata: { uid: string } }).metadata;
      return uid === "skip" ? undefined : uid;
    },
  });
  assert.deepEqual(await told.next(4), ["Init", "InitApply a", "InitApply c", "InitDone"]);
  const change = told.next(1);
  await until(() => told.cluster.watches === 1);
  told.cluster.put("pods", { metadata: { uid: "skip" } });
  told.cluster.put("pods", { metadata: { uid: "d" } });
  assert.deepEqual(await change, ["Apply d"]);
});

Deno.test("listWatch shows the credentials of the moment, on every list and watch", async () => {
  const cluster = await startFakeCluster();
  const tokens: string[] = [];
  let number = 0;
  const config = trustingConfig(cluster.url, () => {
    tokens.push(`token-${++number}`);
    return { authorization: `Bearer token-${number}` };
  });
  const stop = new AbortController();
  using client = createKubeClient(config);
  const events = listWatch({
    client,
    path: "/api/v1/pods",
    pick: (object) => object,
    onRetry: () => {},
    signal: stop.signal,
  });
  for (let count = 0; count < 2; count++) await events.next();
  const last = events.next();
  await until(() => cluster.watches === 1);
  assert.deepEqual(tokens, ["token-1", "token-2"]);
  stop.abort();
  await last;
  await cluster.stop();
});

Deno.test("listWatch does not hide errors of its own making", async () => {
  await assert.rejects(
    watching(["a"], {
      pick: () => {
        throw new RangeError("a fault in here");
      },
    }).then(async (told) => {
      try {
        await told.next(2);
      } finally {
        await told.cluster.stop();
      }
    }),
    RangeError,
  );
});
