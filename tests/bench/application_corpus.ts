/**
 * The patterns that the bench searches for in the logs of applications, by kind, as people type them.
 *
 * Written from what people look for in such logs, before anything was measured. How often each is found is a property
 * that the test beside this file checks.
 *
 * @module
 */

import { type CorpusEntry, dense, entries } from "./corpus.ts";

/** What every match holds: one text or several. */
const REQUIRED = 0.4;
/** One word of a set. */
const SET = 0.25;
/** No text that a scan for bytes could use. */
const NO_TEXT = 0.7;

const trace = "4bf92f3577b34da6a3ce929d0e0e4736";

/** Sent as they are typed, so that the case of letters counts. */
function exact(kind: CorpusEntry["kind"], bar: number, typed: readonly string[]): CorpusEntry[] {
  return entries(kind, bar, typed).map((entry) => ({ ...entry, pattern: entry.typed }));
}

/** All searches. */
export const applicationCorpus: readonly CorpusEntry[] = [
  ...entries("common words", REQUIRED, [
    "error.*timeout",
    "request completed.*checkout",
    String.raw`retrying after timeout.*"status":500`,
    "snapshot queue worker flush login",
    "GET.*checkout.*503",
    "failed.*configmaps.*connection refused",
  ]),
  ...entries("a rare word with a common one", REQUIRED, [
    "user signed in.*cart/handler.go:399",
    "error.*deadlock detected",
    "level=warn.*certificate expires",
    `"level":"info".*feature flag removed`,
  ]),
  ...entries("an id with a key", REQUIRED, [
    `lock acquired.*u-12345"`,
    `"user":"u-12345"`,
    `"trace_id":"${trace}"`,
    trace,
    "/orders/88341207 ",
    `"order_id":88340777`,
  ]),
  ...entries("keys and classes", REQUIRED, [
    String.raw`"level":"error".*"status":5\d\d`,
    String.raw`"status":5\d\d.*"duration_ms":\d{4,}`,
    String.raw`level=error.*took=\d{4,}ms`,
    String.raw`"quantity\\":[89]`,
  ]),
  ...entries("anchors", REQUIRED, [
    "^E1001",
    String.raw`^W1001 .*reflector\.go`,
    "^panic: ",
    String.raw`^\d+\.\d+\.\d+\.\d+ - .*" 50[234] `,
  ]),
  ...entries("addresses", REQUIRED, [
    String.raw`10\.42\.7\.13`,
    String.raw`192\.168\.\d+\.\d+`,
    String.raw`(\d{1,3}\.){3}255 `,
    String.raw`[\w.]+@example\.com`,
  ]),
  ...entries("durations", REQUIRED, [
    String.raw`"duration_ms":[1-9]\d{3}`,
    String.raw`took=[1-9]\d{3,}ms`,
    String.raw`responseTime":\d{4,}`,
    String.raw`in \d\d\.\d+ seconds`,
  ]),
  ...entries("several words", SET, [
    "(exhausted|refused|unreachable|oomkilled|evicted)",
    "OOMKilled|ErrImagePull|ImagePullBackOff",
    "deadlock|split brain|quorum lost|data loss",
    "(panic|fatal|segfault|oom)",
  ]),
  ...entries("sets of words", REQUIRED, [
    "(warn|error|fatal).*(timeout|refused|unavailable)",
    String.raw`(declined|refused|failed).*"status":5`,
    String.raw`"(POST|PUT) /api/v1/(orders|cart)/\d+ .*" 5\d\d`,
  ]),
  ...entries("Java traces", REQUIRED, [
    String.raw`java\.lang\.NullPointerException`,
    "Caused by: .*SocketTimeoutException",
    String.raw`at com\.example\.checkout\..*\(CheckoutService\.java:\d+\)`,
  ]),
  ...entries("coloured text", REQUIRED, [
    "retrying after timeout attempt",
    "FATAL quorum lost",
    String.raw`\x1b\[31mERROR`,
  ]),
  ...exact("case-sensitive", REQUIRED, [
    "ERROR.*timeout",
    String.raw`\bOOMKilled\b`,
    "WARN.*HikariPool",
    `"level":"error".*deadline`,
  ]),
  ...entries("UUIDs", REQUIRED, ["f47ac10b-58cc-4372-a567-0e02b2c3d479", "f47ac10b-[0-9a-f-]{27}"]),
  ...dense("UUIDs", NO_TEXT, [String.raw`\b[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\b`]),
  ...entries("no required text", NO_TEXT, [
    String.raw`\d{3}ms`,
    String.raw`" [45]\d\d [1-9]\d{4} `,
    String.raw`\b\d{16}\b`,
    String.raw`[^\x00-\x7f]`,
  ]),
  ...dense("no required text", NO_TEXT, [String.raw`\b\d{1,3}(\.\d{1,3}){3}\b`]),
  ...entries("no match", REQUIRED, [
    "segmentation fault at address",
    String.raw`"level":"error".*"tenant":"acme-emea`,
    "kernel panic.*not syncing",
  ]),
];
