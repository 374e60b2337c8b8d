// deno-lint-ignore-file camelcase -- the names of the wire contract
import assert from "#assert";
import { setImmediate } from "node:timers/promises";
import { PermissionDeniedError, ReviewUnavailableError } from "../auth/errors.ts";
import { LogReadError } from "../logs/log_file.ts";
import { PatternError } from "../search/syntax/pattern_error.ts";
import { createLogger, type LogLevel } from "../telemetry/log.ts";
import { createLineLimiter } from "../telemetry/line_limiter.ts";
import { createMetrics } from "../telemetry/metrics.ts";
import { stdoutLines } from "../telemetry/stdout.ts";
import { runServer } from "../../tests/support/agent_server.ts";
import { createAccessLog } from "./access_log.ts";
import type { AgentCall, CallObserver } from "./agent_call.ts";
import { CallCancelledError, CallDeadlineError, ConnectionAgeError, ServerShutdownError } from "./call_errors.ts";
import { type CallFigures, createCallFigures } from "./call_figures.ts";
import { services } from "./descriptor.ts";
import { createFailureReport, type FailureReport } from "./failure_report.ts";
import { principalOf } from "./principal.ts";
import { statusOf } from "./status.ts";

const FORWARD = "/cluster_agent.LogRecordsService/StreamForward";

interface Rig {
  readonly failures: FailureReport;
  readonly access: CallObserver | undefined;
  readonly lines: string[];
  readonly fields: () => Record<string, unknown>[];
  /** Ends a call as the server does. */
  readonly end: (call: AgentCall<unknown>, error?: unknown) => void;
}

function logging(
  options: { readonly level?: LogLevel; readonly mode?: "proxy" | "token"; readonly write?: (line: string) => void } =
    {},
): Rig {
  const { level = "debug", mode = "proxy" } = options;
  const lines: string[] = [];
  const log = createLogger({ level, write: (line) => lines.push(line), writeMany: options.write });
  const callerOf = principalOf({ mode, allowedNames: () => [] });
  const now = (): number => 1_234.5;
  const failures = createFailureReport({ log, limiter: createLineLimiter(), metrics: createMetrics(), callerOf, now });
  const access = createAccessLog({ log, callerOf, failures, now });
  return {
    failures,
    access,
    lines,
    fields: () => lines.map((line) => ({ level: JSON.parse(line).level, ...JSON.parse(line).fields })),
    end: (call, error) => {
      const status = error === undefined ? { code: 0, details: "OK" } : statusOf(error);
      if (error !== undefined) failures.call({ error, status, method: call.method, call });
      access?.end(call, { status, ...(error === undefined ? {} : { error }) });
    },
  };
}

function calling(
  request: Readonly<Record<string, unknown>> = {},
  options: { readonly method?: string; readonly token?: string; readonly figures?: Partial<CallFigures> } = {},
): AgentCall<unknown> {
  const { method = FORWARD, token, figures } = options;
  const metadata: Readonly<Record<string, string | undefined>> = { "x-remote-user": "eve", authorization: token };
  return {
    request: {
      namespace: "shop",
      pod_name: "cart-0",
      container_name: "web",
      container_id: "0123",
      grep: "",
      follow_from: "NOOP",
      ...request,
    },
    method,
    type: "server_stream",
    figures: { ...createCallFigures({ startedMs: 1_000 }), ...figures },
    signal: new AbortController().signal,
    peer: { hasCertificate: true, commonName: "proxy", address: "10.0.0.7" },
    metadata: (name) => [metadata[name]].filter((value) => value !== undefined),
  };
}

const who = { user: "eve", client: "proxy", address: "10.0.0.7" };
const log = { namespace: "shop", log: "cart-0/web/0123" };

Deno.test("a call has one line: who, for what, the pattern's length, what was sent and searched, and how long it took", () => {
  const { end, fields } = logging();
  const figures = { records: 7, messages: 7, bytes: 512, scannedBytes: 4_096, rotatedFiles: 2, gaps: 1 };
  end(calling({ grep: "secret" }, { figures }));
  assert.deepEqual(fields(), [{
    level: "DEBUG",
    message: "Call",
    code: "OK",
    method: FORWARD,
    ...who,
    ...log,
    patternLength: 6,
    records: 7,
    bytes: 512,
    scannedBytes: 4_096,
    rotatedFiles: 2,
    gaps: 1,
    ms: 235,
  }]);
});

Deno.test("a list tells its namespaces, and has no pattern", () => {
  const { end, fields } = logging();
  const method = "/cluster_agent.LogMetadataService/List";
  const request = { namespace: undefined, grep: undefined, follow_from: undefined, namespaces: ["a", "b"] };
  end(calling(request, { method, figures: { records: 2, bytes: 99 } }));
  end(calling({ ...request, namespaces: [] }, { method }));
  assert.deepEqual(fields().map(({ namespace, records, patternLength }) => [namespace, records, patternLength]), [
    ["a, b", 2, undefined],
    ["all", 0, undefined],
  ]);
});

Deno.test("a follow tells how it has ended", () => {
  const { end, fields } = logging();
  const follow = (error?: unknown, figures: Partial<CallFigures> = {}): void =>
    end(calling({ follow_from: "DEFAULT" }, { figures }), error);
  follow(undefined, { followEnd: "log removed" });
  follow(undefined, { followEnd: "stop time passed" });
  for (
    const error of [
      new CallCancelledError(),
      new CallDeadlineError(),
      new ServerShutdownError(),
      new ConnectionAgeError(),
    ]
  ) follow(error);
  const told = fields().filter(({ message }) => message === "Call");
  assert.deepEqual(told.map(({ code, follow, ended }) => [code, follow, ended]), [
    ["OK", "start", "log removed"],
    ["OK", "start", "stop time passed"],
    ["CANCELLED", "start", "cancelled or disconnected"],
    ["DEADLINE_EXCEEDED", "start", "deadline"],
    ["UNAVAILABLE", "start", "shutdown"],
    ["UNAVAILABLE", "start", "connection age"],
  ]);
});

Deno.test("a call whose failure has a line has no other; one whose cause had its line within the minute has", () => {
  const { end, failures, fields } = logging();
  const refusal = new PermissionDeniedError("permission denied");
  end(calling(), refusal);
  end(calling(), refusal);
  end(calling({ grep: "abc" }, { figures: { records: 4 } }), new LogReadError("Cannot read the log at byte 5"));
  assert.deepEqual(
    fields().map(({ level, message, code, patternLength, records }) => [
      level,
      message,
      code,
      patternLength,
      records,
    ]),
    [
      ["WARN", "Call refused", "PERMISSION_DENIED", 0, 0],
      ["DEBUG", "Call", "PERMISSION_DENIED", 0, 0],
      ["WARN", "Log not sent whole", "DATA_LOSS", 3, 4],
    ],
  );
  // What did not end a call does not stand for its end.
  const call = calling({ follow_from: "END" });
  const error = new ReviewUnavailableError("failed to authenticate");
  failures.call({ error, status: statusOf(error), method: call.method, call });
  end(call);
  assert.deepEqual(fields().slice(3).map(({ message }) => message), ["Cannot put an access review", "Call"]);
});

Deno.test("health checks and reflection have no line, and below debug no call costs anything", async () => {
  const { access, lines } = logging();
  assert.ok(access !== undefined, "there is an access log");
  await using running = await runServer([]);
  const client = running.client();
  await client.unary(services.health.Check, { service: "" });
  const conversation = client.converse(services.reflection.ServerReflectionInfo);
  conversation.say({ host: "", list_services: "" });
  await conversation.next();
  conversation.finish();
  conversation.discard();
  await conversation.ending;
  const { ended } = running.calls;
  assert.equal(ended.length, 2);
  for (const { call, ...end } of ended) access?.end(call, end);
  assert.deepEqual(lines, []);
  for (const level of ["info", "warn", "error"] as const) assert.equal(logging({ level }).access, undefined, level);
});

Deno.test("no line holds a pattern, a token or a text of a log, or breaks", () => {
  const pattern = "card=4111111111111111(";
  const token = "eyJhbGciOiJSUzI1NiJ9.secret.signature";
  const evil = `\u001b[2J\r\n{"level":"INFO"}\u2028\u202e${"x".repeat(1_000_000)}`;
  const { end, lines } = logging({ mode: "token" });
  end(calling({ grep: pattern }, { token: `Bearer ${token}` }));
  end(calling({ grep: pattern }, { token: `Bearer ${token}` }), new PatternError(`unclosed group: ${pattern}`));
  end(calling({ grep: evil, namespace: evil, pod_name: evil, container_name: evil, container_id: evil }));
  assert.equal(lines.length, 3);
  for (const line of lines) {
    for (const secret of [pattern, token]) assert.ok(!line.includes(secret), line);
    assert.match(line, /^[ -~…]+\n$/);
    assert.ok(line.length < 4_096, `${line.length} characters`);
  }
  assert.deepEqual(lines.map((line) => JSON.parse(line).fields.patternLength), [22, 22, evil.length]);
});

Deno.test("ten thousand calls a second whose lines nobody reads keep no health check waiting, and each lost line is counted", async () => {
  let lost = 0;
  // A pipe that is full and stays so.
  const stdout = stdoutLines({ writeLater: () => Promise.withResolvers<number>().promise, onLost: () => lost++ });
  let queued = 0;
  const { end } = logging({
    write: (line) => {
      queued++;
      stdout.queue(line);
    },
  });
  await using running = await runServer([]);
  const client = running.client();
  let answers = 0;
  for (let batch = 0; batch < 100; batch++) {
    const answer = client.unary(services.health.Check, { service: "" });
    // What comes in a hundredth of a second.
    for (let call = 0; call < 100; call++) end(calling());
    await setImmediate();
    if ((await answer).code === "OK") answers++;
  }
  assert.equal(answers, 100, "each check is answered while lines are lost");
  assert.equal(queued, 10_000);
  assert(lost > 5_000 && lost < 10_000, `${lost} lines were lost`);
});
