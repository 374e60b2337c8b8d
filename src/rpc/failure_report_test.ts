// deno-lint-ignore-file camelcase -- the names of the wire contract
import assert from "#assert";
import { InvalidMetadataError, PermissionDeniedError, ReviewUnavailableError } from "../auth/errors.ts";
import { LogNotFoundError, LogReadError, TooManyFilesError } from "../logs/log_file.ts";
import { LogLossError } from "../records/follow/log_loss.ts";
import { LogFolderError } from "../metadata/log_directory.ts";
import { PatternError } from "../search/syntax/pattern_error.ts";
import { createMetrics } from "../telemetry/metrics.ts";
import { createLogger } from "../telemetry/log.ts";
import { createLineLimiter } from "../telemetry/line_limiter.ts";
import { runWithoutRights } from "../../tests/support/without_rights.ts";
import {
  CallCancelledError,
  CallDeadlineError,
  ConnectionAgeError,
  HealthServiceUnknownError,
  ServerShutdownError,
} from "./call_errors.ts";
import { principalOf } from "./principal.ts";
import { createFailureReport, type FailureReport } from "./failure_report.ts";
import type { AgentCall } from "./agent_call.ts";
import { createCallFigures } from "./call_figures.ts";
import { RequestError } from "./services/record_request.ts";
import { type CallStatus, statusOf } from "./status.ts";
import { RequestSizeError } from "./transport/request_limits.ts";
import { UnreadAnswersError } from "./transport/unread_answers.ts";

const METHOD = "/cluster_agent.LogRecordsService/StreamForward";

/** A report, and the lines that it writes. */
function reporting(options: { readonly runsAs?: string; readonly mode?: "proxy" | "token" } = {}): {
  readonly report: FailureReport;
  readonly lines: string[];
  readonly fields: () => Record<string, unknown>[];
  readonly counts: () => Record<string, number>;
  readonly fail: (error: unknown, call?: AgentCall<unknown>) => void;
} {
  const lines: string[] = [];
  const metrics = createMetrics();
  const report = createFailureReport({
    log: createLogger({ write: (line) => lines.push(line) }),
    limiter: createLineLimiter(),
    metrics,
    callerOf: principalOf({ mode: options.mode ?? "proxy", allowedNames: () => ["proxy"] }),
    runsAs: options.runsAs,
    now: () => 125.4,
  });
  return {
    report,
    lines,
    fields: () => lines.map((line) => JSON.parse(line).fields),
    counts: () => metrics.snapshot(),
    fail: (error, call = calling()) => report.call({ error, status: statusOf(error), method: METHOD, call }),
  };
}

/** A call for the log of a pod. */
function calling(
  options: {
    readonly user?: string;
    readonly client?: string;
    readonly token?: string;
    readonly request?: Readonly<Record<string, unknown>>;
  } = {},
): AgentCall<unknown> {
  const { user = "eve", client = "proxy", token, request = {} } = options;
  const metadata: Readonly<Record<string, string | undefined>> = { "x-remote-user": user, authorization: token };
  return {
    request: { namespace: "shop", pod_name: "cart-0", container_name: "web", container_id: "0123", ...request },
    method: METHOD,
    type: "server_stream",
    figures: { ...createCallFigures({ startedMs: 100 }), records: 3, bytes: 300 },
    signal: new AbortController().signal,
    peer: { hasCertificate: true, commonName: client, address: "10.0.0.7" },
    metadata: (name) => [metadata[name]].filter((value) => value !== undefined),
  };
}

Deno.test("an API server that is away is one line for a thousand callers, and another one for another reason", () => {
  const { fail, fields, counts } = reporting();
  const away = (reason: string): Error =>
    new ReviewUnavailableError("failed to authenticate: the API server cannot be reached", {
      cause: new Error(reason),
    });
  for (let user = 0; user < 1_000; user++) {
    const request = { namespace: `ns-${user}` };
    fail(away("connection refused"), calling({ user: `user-${user}`, request }));
  }
  fail(away("connection reset"), calling({ user: "eve" }));
  assert.deepEqual(fields().map(({ user, heldBack }) => [user, heldBack]), [["user-0", undefined], ["eve", 999]]);
  assert.equal(counts()["calls_failed_total"], 1_001);
});

const asker = { method: METHOD, user: "eve", client: "proxy", address: "10.0.0.7" };
/** What the call has done. */
const done = { records: 3, bytes: 300, ms: 25 };
const asked = { namespace: "shop", log: "cart-0/web/0123" };

Deno.test("a refusal by the agent's own setting is told with it to the operator, and to nobody else", () => {
  const { fail, fields } = reporting();
  const cause = new Error("it is not in allowed-namespaces");
  const refusal = new PermissionDeniedError("permission denied: `get pods/log` in namespace `shop`", { cause });
  fail(refusal);
  assert.deepEqual(fields().map(({ reason }) => reason), [
    "permission denied: `get pods/log` in namespace `shop`: it is not in allowed-namespaces",
  ]);
  assert.equal(statusOf(refusal).details, "permission denied: `get pods/log` in namespace `shop`");
});

Deno.test("a refusal tells who asked, for what, with which code, and why", () => {
  const { fail, fields, counts } = reporting();
  fail(new PermissionDeniedError("permission denied: `get pods/log` in namespace `shop`"));
  assert.deepEqual(fields(), [{
    message: "Call refused",
    code: "PERMISSION_DENIED",
    ...asker,
    ...asked,
    reason: "permission denied: `get pods/log` in namespace `shop`",
    ...done,
  }]);
  assert.equal(counts()["calls_refused_total"], 1);
});

Deno.test("a proxy of another name is told by its certificate and address, and whom it names is not believed", () => {
  const { fail, fields } = reporting();
  const call = calling({ client: "intruder", user: "cluster-admin" });
  fail(new PermissionDeniedError('proxy CN "intruder" not in allowed list'), call);
  const [line = {}] = fields();
  assert.deepEqual([line["client"], line["address"], line["user"]], ["intruder", "10.0.0.7", undefined]);
});

Deno.test("a header that cannot be read is a refusal; a pattern, a name and a bound are the caller's own business", () => {
  const { fail, fields, counts } = reporting();
  fail(new InvalidMetadataError("x-remote-extras"));
  assert.deepEqual(fields().map(({ code, reason }) => [code, reason]), [
    ["INVALID_ARGUMENT", "invalid metadata for x-remote-extras"],
  ]);
  for (
    const error of [
      new PatternError("unclosed group: a("),
      new RequestError("start_time is no time"),
      new LogNotFoundError("failed to access log file x: No such file or directory (os error 2)"),
      new HealthServiceUnknownError(),
      new CallCancelledError(),
      new CallDeadlineError(),
    ]
  ) fail(error);
  assert.equal(fields().length, 1);
  assert.deepEqual([counts()["calls_refused_total"], counts()["calls_failed_total"]], [1, 0]);
});

Deno.test("a review that was not put tells what the API server did", () => {
  const { fail, fields } = reporting();
  const cause = new Error("Cannot review access: the API server answered 403");
  fail(new ReviewUnavailableError("failed to authenticate: the API server answered 403", { cause }));
  assert.deepEqual(fields(), [{
    message: "Cannot put an access review",
    code: "UNAVAILABLE",
    ...asker,
    ...asked,
    reason: "failed to authenticate: the API server answered 403: Cannot review access: the API server answered 403",
    ...done,
  }]);
});

Deno.test("lost records, a folder that cannot be read and too many open files have a line each", () => {
  const { fail, fields, counts } = reporting();
  fail(new LogReadError("Cannot read the log at byte 5: Input/output error (os error 5)"));
  fail(new LogFolderError("Cannot read /var/log/containers"));
  fail(new TooManyFilesError("Cannot open the log: too many open files"));
  assert.deepEqual(fields().map(({ message, code }) => [message, code]), [
    ["Log not sent whole", "DATA_LOSS"],
    ["Cannot read the folder of logs", "NOT_FOUND"],
    ["Limit reached", "RESOURCE_EXHAUSTED"],
  ]);
  assert.equal(counts()["calls_failed_total"], 3);
});

Deno.test("a log that may not be read tells whom the process runs as, and what helps", async () => {
  const dir = await Deno.makeTempDir({ prefix: "rights-" });
  try {
    await Deno.chmod(dir, 0o755);
    await Deno.writeTextFile(`${dir}/a.log`, "");
    // Not for its owner either, who runs this where no superuser does.
    await Deno.chmod(`${dir}/a.log`, 0o000);
    const printed = await runWithoutRights(`
      import { openLog } from ${JSON.stringify(import.meta.resolve("../logs/log_file.ts"))};
      import { processUser } from ${JSON.stringify(import.meta.resolve("../lifecycle/process_user.ts"))};
      dropRights();
      try {
        openLog("a.log", { containerLogsDir: ${JSON.stringify(dir)}, roots: [${JSON.stringify(dir)}] });
      } catch (error) {
        console.log(JSON.stringify({ message: error.message, code: error.cause?.code, runsAs: processUser() }));
      }`);
    const { message, code, runsAs } = JSON.parse(printed);
    assert.deepEqual([message, code], [
      `failed to access log file ${dir}/a.log: Permission denied (os error 13)`,
      "EACCES",
    ]);
    assert.match(runsAs, /^user \d+, groups? \d+/);

    const { fail, fields } = reporting({ runsAs });
    fail(new LogNotFoundError(message, { cause: Object.assign(new Error("EACCES: permission denied"), { code }) }));
    const [line = {}] = fields();
    assert.deepEqual([line["message"], line["code"], line["log"]], ["Cannot open a log", "NOT_FOUND", asked.log]);
    assert.equal(line["runsAs"], runsAs);
    assert.match(String(line["advice"]), /group 0/);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});

Deno.test("a folder that may not be read, and a follow that ends since its next file may not, tell why and what helps", () => {
  const { fail, fields } = reporting({ runsAs: "1000:1000" });
  const cause = Object.assign(new Error("Permission denied (os error 13)"), {
    code: "EACCES",
    name: "PermissionDenied",
  });
  fail(new LogFolderError("Log directory not found: /logs", { cause }));
  const denied = new LogNotFoundError("failed to access log file a.log: Permission denied", { cause });
  fail(new LogLossError(`Cannot follow the log any further: ${denied.message}`, { cause: denied }));
  assert.deepEqual(fields().map(({ message, reason, runsAs }) => [message, reason, runsAs]), [
    [
      "Cannot read the folder of logs",
      "Log directory not found: /logs: Permission denied (os error 13)",
      "1000:1000",
    ],
    [
      "Log not sent whole",
      "Cannot follow the log any further: failed to access log file a.log: Permission denied",
      "1000:1000",
    ],
  ]);
  for (const { advice } of fields()) assert.match(`${advice}`, /supplementalGroups/);
});

Deno.test("a log outside of what Deno may read tells which flag helps, and one outside of the roots tells so", () => {
  const { fail, fields } = reporting();
  fail(
    new LogNotFoundError("failed to access log file x: Permission denied (os error 13)", {
      cause: new Deno.errors.NotCapable('Requires read access to "/data/a.log"'),
    }),
  );
  fail(
    new LogNotFoundError("failed to access log file x: No such file or directory (os error 2)", {
      cause: "its target lies outside the log roots",
    }),
  );
  const [first = {}, second = {}] = fields();
  assert.match(String(first["advice"]), /--allow-read/);
  assert.deepEqual([second["reason"], second["advice"]], ["its target lies outside the log roots", undefined]);
});

Deno.test("a handshake that fails is told by its address", () => {
  const { report, fields, counts } = reporting();
  report.tls({ message: "TLS handshake failed", address: "10.0.0.9", reason: "peer sent no certificates" });
  report.tls({ message: "TLS handshake failed", address: "10.0.0.9", reason: "peer sent no certificates" });
  assert.deepEqual(fields(), [
    { message: "TLS handshake failed", address: "10.0.0.9", reason: "peer sent no certificates" },
  ]);
  assert.equal(counts()["tls_failures_total"], 2);
});

Deno.test("the same cause has one line a minute, and a caller who makes up names cannot keep others from theirs", () => {
  const { fail, fields, counts } = reporting();
  const refusal = new PermissionDeniedError("permission denied");
  for (let i = 0; i < 1_000; i++) fail(refusal, calling({ request: { namespace: "same" } }));
  assert.equal(fields().length, 1);
  for (let i = 0; i < 1_000; i++) fail(refusal, calling({ request: { namespace: `made-up-${i}` } }));
  assert.equal(fields().length, 10);
  fail(refusal, calling({ user: "ada" }));
  const [last = {}] = fields().slice(-1);
  assert.deepEqual([last["user"], last["heldBack"]], ["ada", 991]);
  fail(new LogReadError("Cannot read the log at byte 5: Input/output error (os error 5)"));
  assert.equal(fields().length, 12);
  assert.equal(counts()["calls_refused_total"], 2_001);
});

Deno.test("two logs with long names, and two reasons of one log, have a line each", () => {
  const { fail, fields } = reporting();
  const pod_name = "p".repeat(253);
  for (const container_id of ["a", "b"].map((letter) => letter.repeat(64))) {
    for (const reason of ["at byte 5", "at byte 6", "at byte 6"]) {
      const request = { namespace: "n".repeat(63), pod_name, container_name: "c".repeat(63), container_id };
      fail(new LogReadError(`Cannot read the log ${reason}`), calling({ request }));
    }
  }
  assert.deepEqual(fields().map(({ log, reason }) => [`${log}`.at(-1), `${reason}`.at(-1)]), [
    ["a", "5"],
    ["a", "6"],
    ["b", "5"],
    ["b", "6"],
  ]);
});

Deno.test("no caller's text can forge a line or make it long", () => {
  const { fail, lines } = reporting();
  const evil = `\u001b[2J\u009b31m\r\n{"level":"INFO"}\u2028\u202e${"x".repeat(1_000_000)}`;
  const request = { namespace: evil, pod_name: evil, container_name: evil, container_id: evil };
  fail(new PermissionDeniedError(`permission denied: ${evil}`), calling({ user: evil, request }));
  fail(new PermissionDeniedError(`proxy CN "${evil}"`), calling({ client: evil }));
  const namespaces = Array<string>(100_000).fill(evil);
  fail(new PermissionDeniedError("permission denied"), calling({ request: { namespace: undefined, namespaces } }));
  assert.equal(lines.length, 3);
  for (const line of lines) {
    assert.match(line, /^[ -~…]+\n$/);
    assert.ok(line.length < 8_192, `${line.length} characters`);
    JSON.parse(line);
  }
});

Deno.test("neither a pattern nor a token is in any line, whatever the error says", () => {
  const pattern = "card=4111111111111111";
  const token = "eyJhbGciOiJSUzI1NiJ9.secret.signature";
  const { fail, lines } = reporting({ mode: "token" });
  const call = calling({ token: `Bearer ${token}`, request: { grep: pattern } });
  for (
    const error of [
      new TypeError(`Cannot compile ${pattern} for ${token}`),
      new PatternError(pattern),
      new PermissionDeniedError("permission denied"),
      new ReviewUnavailableError("failed to authenticate", { cause: new Error("the API server answered 503") }),
      new LogReadError("Cannot read the log at byte 5"),
    ]
  ) fail(error, call);
  assert.equal(lines.length, 4);
  for (const line of lines) for (const secret of [pattern, token]) assert.ok(!line.includes(secret), line);
  assert.match(lines[0] ?? "", /"level":"ERROR".*Cannot compile … for …/);
  assert.match(lines[1] ?? "", /"user":"bearer of a token"/);
});

Deno.test("a connection that is cut off is told with its client, once a minute", () => {
  const { report, fields, counts } = reporting();
  const peer = { hasCertificate: true, commonName: "proxy", address: "10.0.0.9" };
  report.cut({ cause: "too many streams reset before they were answered", peer });
  report.cut({ cause: "too many streams reset before they were answered", peer });
  assert.deepEqual(fields(), [{
    message: "Connection cut off",
    address: "10.0.0.9",
    client: "proxy",
    reason: "too many streams reset before they were answered",
  }]);
  assert.equal(counts()["connections_cut_total"], 2);
});

Deno.test("calls that the shutdown or their connection's age ends have one line together, and are no failures", () => {
  const { fail, fields, counts } = reporting();
  for (const user of ["eve", "ada", "bob"]) {
    for (const error of [new ServerShutdownError(), new ConnectionAgeError()]) fail(error, calling({ user }));
  }
  assert.deepEqual(fields(), [
    { message: "Calls end with the agent", code: "UNAVAILABLE", reason: "Server is shutting down" },
    { message: "Calls end with their connection", code: "UNAVAILABLE", reason: new ConnectionAgeError().message },
  ]);
  assert.equal(counts()["calls_failed_total"], 0);
});

Deno.test("a call that reaches no handler is told with its method and client, once per cause and minute", () => {
  const { report, fields, lines, counts } = reporting();
  const peer = { hasCertificate: true, commonName: "proxy", address: "10.0.0.9" };
  const refuse = (status: CallStatus, method: string): void => report.refused({ status, method, peer });
  const unknown = { code: 12, details: "The server does not implement the method /a.B/C" };
  refuse(unknown, "/a.B/C");
  refuse(unknown, "/a.B/C");
  refuse({ code: 8, details: "Received message larger than max (9 vs. 8)" }, METHOD);
  for (const ended of [1, 4]) refuse({ code: ended, details: "no longer waited for" }, METHOD);
  for (let i = 0; i < 1_000; i++) refuse(unknown, `/made/up${i}\n\u001b${"x".repeat(100_000)}`);
  assert.deepEqual(fields().slice(0, 2), [
    {
      message: "Call refused",
      code: "UNIMPLEMENTED",
      method: "/a.B/C",
      client: "proxy",
      address: "10.0.0.9",
      reason: unknown.details,
    },
    {
      message: "Call refused",
      code: "RESOURCE_EXHAUSTED",
      method: METHOD,
      client: "proxy",
      address: "10.0.0.9",
      reason: "Received message larger than max (9 vs. 8)",
    },
  ]);
  assert.equal(lines.length, 2 + 9, "ten a minute of one caller");
  for (const line of lines) assert.ok(/^[ -~…]+\n$/.test(line) && line.length < 2_048, line);
  assert.deepEqual([counts()["calls_refused_total"], counts()["refused_total.message_size"]], [1_003, 1]);
});

Deno.test("a connection or call over a limit is told with the limit, once a minute for each client, and counted by it", () => {
  const { report, fields, counts } = reporting();
  const stranger = { hasCertificate: false, commonName: undefined, address: "10.0.0.9" };
  const proxy = { hasCertificate: true, commonName: "proxy", address: "10.0.0.7" };
  for (let i = 0; i < 1_000; i++) report.limit({ limit: "connections_per_peer", peer: stranger, reason: "too many" });
  report.limit({ limit: "metadata_size", peer: proxy, reason: "too large" });
  assert.deepEqual(fields(), [
    { message: "Connection refused", address: "10.0.0.9", reason: "too many" },
    { message: "Limit reached", address: "10.0.0.7", client: "proxy", reason: "too large" },
  ]);
  const { "refused_total.connections_per_peer": connections, "refused_total.metadata_size": calls } = counts();
  assert.deepEqual([connections, calls], [1_000, 1]);
});

Deno.test("what is cut off, fails in its handshake or ends as too large counts by its limit, too", () => {
  const { report, fail, counts } = reporting();
  const peer = { hasCertificate: true, commonName: "proxy", address: "10.0.0.9" };
  report.cut({ cause: "too many pings and settings", limit: "pings", peer });
  report.cut({ cause: "the client does not answer", peer });
  report.tls({ message: "TLS handshake failed", address: "10.0.0.9", reason: "late", limit: "handshake_time" });
  fail(new RequestSizeError("Cannot take the request"));
  fail(new UnreadAnswersError());
  const refused = Object.entries(counts()).filter(([name]) => name.startsWith("refused_total"));
  assert.deepEqual(Object.fromEntries(refused), {
    "refused_total.pings": 1,
    "refused_total.handshake_time": 1,
    "refused_total.message_size": 1,
    "refused_total.unread_bytes": 1,
  });
});
