// deno-lint-ignore-file camelcase -- the names of the wire contract
/**
 * What the demonstration does as a client, one step after the other.
 *
 * Promises that a step throws where the agent does anything else than what is shown: each is a check as well. Prints
 * through `say` only.
 *
 * @module
 */
import type { LogRecord } from "../../src/rpc/messages.ts";
import { basename } from "node:path";
import { AgentCallError, nanosecondsOf } from "../../tests/support/client.ts";
import { callersPattern, highlightPattern } from "../../tests/support/grep_text.ts";
import { type ContainerLog, runtimeTime } from "../../tests/fakes/log_tree.ts";
import { clip, columns, highlight, type Paint, plain } from "./paint.ts";
import { people, type Stage } from "./stage.ts";

/** What a step works with. */
export interface StepContext {
  /** The logs and the agent. */
  readonly stage: Stage;
  /** Prints a line. */
  readonly say: (line: string) => void;
  /** How it looks. */
  readonly paint: Paint;
  /** Ends the step. */
  readonly signal: AbortSignal;
}

/** One thing that is shown. */
export interface Step {
  /** In two or three words. */
  readonly title: string;
  /** Shows it. */
  readonly run: (context: StepContext) => Promise<void>;
}

/** The agent did something else than what the demonstration is to show. */
export class DemoError extends Error {
  /** The class, as an error log shows it. */
  override readonly name = "DemoError";
}

/** All of it, in order. */
export const steps: readonly Step[] = [
  { title: "List logs", run: listLogs },
  { title: "Search", run: search },
  { title: "Page backwards", run: pageBackwards },
  { title: "Read a range of time", run: readRange },
  { title: "Follow", run: follow },
  { title: "Refuse", run: refuse },
];

/** So much of a message is shown. */
const messageLength = 84;
/** So many records are on a page. */
const pageLength = 4;
/** So many live lines are shown before the log is rotated, and as many after it. */
const followedLength = 3;
const searched = "payment declined";

async function listLogs({ stage, say, paint, signal }: StepContext): Promise<void> {
  const { viewer } = stage.clients;
  const logs = await viewer.as(people.ops).list([], { signal });
  const rows = logs.map(({ id, spec, fileInfo }) => [
    spec?.namespace ?? "",
    spec?.pod_name ?? "",
    spec?.container_name ?? "",
    (fileInfo?.size ?? 0).toLocaleString("en"),
    clock(nanosecondsOf(fileInfo?.last_modified_at ?? null)).slice(0, 8),
    `${id.slice(0, 12)}…`,
  ]).sort((a, b) => a.join(" ") < b.join(" ") ? -1 : 1);
  for (const line of columns(["NAMESPACE", "POD", "CONTAINER", " BYTES", "WRITTEN", "ID"], rows, paint)) say(line);
  const ofAlice = await viewer.as(people.alice).list(["shop"], { signal });
  const seen = `ops sees ${logs.length} logs of ${logs[0]?.spec?.node_name}, alice those ${ofAlice.length} of shop`;
  say(paint.dim(seen));
  expect(logs.length === 5 && ofAlice.length === 3, `ops to see 5 logs and alice 3, but ${seen}`);
}

async function search({ stage, say, paint, signal }: StepContext): Promise<void> {
  const { logs: { checkout }, declined } = stage.history;
  const grep = callersPattern(searched);
  say(`${paint.cyan(searched)} in ${placeOf(checkout)}, ${paint.dim("sent by callers as")}`);
  say(paint.dim(grep));
  const started = performance.now();
  const found = await Array.fromAsync(
    stage.clients.viewer.as(people.alice).forward({ log: checkout, grep }, { signal }),
  );
  const ms = Math.ceil(performance.now() - started);
  const pattern = highlightPattern(grep);
  for (const { timestamp, message } of found.slice(0, pageLength)) {
    say(`${when(timestamp, paint)}  ${highlight(message, pattern, paint)}`);
  }
  say(paint.dim(`… ${found.length} records in ${ms} ms, as many as were written`));
  expect(found.length === declined, `${declined} records, not ${found.length}`);
}

async function pageBackwards({ stage, say, paint, signal }: StepContext): Promise<void> {
  const { dns } = stage.history.logs;
  const client = stage.clients.viewer.as(people.ops);
  const newest = await take(client.backward({ log: dns }, { signal }), pageLength);
  const oldest = nanosecondsOf(newest.at(-1)?.timestamp ?? null);
  const stopTime = runtimeTime(oldest - 1n);
  const older = await take(client.backward({ log: dns, stopTime }, { signal }), pageLength);
  say(`the newest ${pageLength} of ${placeOf(dns)}`);
  for (const record of newest) say(line(record, paint));
  say(`the ${pageLength} before them, ${paint.dim("stop_time")} ${paint.cyan(stopTime)}`);
  for (const record of older) say(line(record, paint));
  const times = [...newest, ...older].map(({ timestamp }) => nanosecondsOf(timestamp));
  expect(times.length === 2 * pageLength, `${2 * pageLength} records, not ${times.length}`);
  expect(
    times.every((time, index) => index === 0 || time < (times[index - 1] ?? 0n)),
    "every record older than the last",
  );
}

async function readRange({ stage, say, paint, signal }: StepContext): Promise<void> {
  const { logs: { invoices }, invoicesRange: { from, to } } = stage.history;
  const [startTime, stopTime] = [runtimeTime(from), runtimeTime(to)];
  say(`${placeOf(invoices)} from ${paint.cyan(startTime)} to ${paint.cyan(stopTime)}`);
  const client = stage.clients.viewer.as(people.ops);
  const records = await Array.fromAsync(client.forward({ log: invoices, startTime, stopTime }, { signal }));
  for (const record of records) say(line(record, paint));
  const parts = records.filter((record) => !record.is_final).length;
  say(
    paint.dim(
      `${records.length} records, ${parts} of them not final: the runtime has cut a long line into ${parts + 1}`,
    ),
  );
  expect(records.length === 6 && parts === 2, `6 records, 2 of them parts, not ${records.length} and ${parts}`);
  expect(nanosecondsOf(records[0]?.timestamp ?? null) === from, `the first record at ${startTime}`);
}

async function follow({ stage, say, paint, signal }: StepContext): Promise<void> {
  const { checkout } = stage.history.logs;
  const client = stage.clients.viewer.as(people.alice);
  const seen: LogRecord[] = [];
  say(`${placeOf(checkout)} from its end, as it is written`);
  for await (const record of client.forward({ log: checkout, followFrom: "END" }, { signal })) {
    say(line(record, paint));
    if (seen.push(record) === followedLength) {
      const rotated = await checkout.rotate();
      const name = basename(checkout.path);
      say(`${name} is renamed to ${paint.cyan(basename(rotated))}, and a new ${name} made`);
    }
    if (seen.length === 2 * followedLength) break;
  }
  say(paint.dim(`${seen.length} records from two files, each once and in order`));
  const orders = seen.map(({ message }) => Number(/order=(\d+)/.exec(message)?.[1]));
  expect(
    orders.length === 2 * followedLength && orders.every((order, index) => order === Number(orders[0]) + index),
    `${2 * followedLength} orders in a row, not ${orders.join(", ")}`,
  );
  const last = seen.at(-1)?.message ?? "";
  expect((await Deno.readTextFile(checkout.path)).includes(`${last}\n`), `"${last}" to be in the new file`);
}

async function refuse({ stage, say, paint, signal }: StepContext): Promise<void> {
  const { clients: { viewer, intruder, stranger }, history: { logs: { web, invoices } } } = stage;
  const refusals = [
    ["mallory, who may read nothing", viewer.as(people.mallory), web, "PERMISSION_DENIED"],
    ["alice, in namespace billing", viewer.as(people.alice), invoices, "PERMISSION_DENIED"],
    ["nobody", viewer.as({}), web, "UNAUTHENTICATED"],
    ["a proxy of another name", intruder.as(people.ops), web, "PERMISSION_DENIED"],
    ["a certificate from elsewhere", stranger.as(people.ops), web, "UNAVAILABLE"],
  ] as const;
  const width = Math.max(...refusals.map(([who]) => who.length));
  for (const [who, client, log, code] of refusals) {
    const error = await take(client.forward({ log }, { signal }), 1).then(() => undefined, (error: unknown) => error);
    signal.throwIfAborted();
    if (!(error instanceof AgentCallError)) throw error ?? new DemoError(`Expected ${who} to be refused`);
    say(`${who.padEnd(width)}  ${paint.red(error.code.padEnd(17))}  ${error.details.replace(/ \(.*/s, "")}`);
    expect(error.code === code, `${who} to be refused with ${code}, not ${error.code}`);
  }
}

function expect(fulfilled: boolean, expectation: string): void {
  if (!fulfilled) throw new DemoError(`Expected ${expectation}`);
}

function line({ timestamp, message, is_final }: LogRecord, paint: Paint): string {
  const text = message.length > messageLength ? clip(plain(message), messageLength) : paint.message(message);
  return `${when(timestamp, paint)}  ${text}${is_final ? "" : paint.dim(" (part)")}`;
}

function when(timestamp: LogRecord["timestamp"], paint: Paint): string {
  return paint.dim(clock(nanosecondsOf(timestamp)));
}

/** The time of day, with a fraction of nine digits. */
function clock(nanoseconds: bigint): string {
  const [, time = "", fraction = ""] = /T([\d:]+)\.?(\d*)Z$/.exec(runtimeTime(nanoseconds)) ?? [];
  return `${time}.${fraction.padEnd(9, "0")}`;
}

function placeOf({ namespace, pod, container }: ContainerLog): string {
  return `${namespace}/${pod}/${container}`;
}

/** The first records; then the call is cancelled. */
async function take(records: AsyncIterable<LogRecord>, count: number): Promise<LogRecord[]> {
  const taken: LogRecord[] = [];
  for await (const record of records) {
    if (taken.push(record) === count) break;
  }
  return taken;
}
