/**
 * The objects of one kind, as they are and as they change: a list in pages, then watches, one after the other.
 *
 * Promises events in the order of `WatchEvent`, whatever happens between this program and the API server: a watch that
 * ends goes on from where it was; where that is no longer possible – the server says 410, as an answer or within a
 * watch – all is listed anew. A failure is reported, and the request put again, at growing intervals that differ by
 * chance, without end, and not before the server wants to be asked again. What is answered may be any JSON. A watch
 * that says nothing for longer than the server was asked to keep it is given up. Reads one object at a time, and keeps
 * nothing of it.
 *
 * @module
 */
import type { KubeClient, KubeStream } from "./api_client.ts";
import {
  errorText,
  ExpiredError,
  fieldsOf,
  linesOf,
  parseJson,
  readText,
  refusalError,
  statusIn,
  statusOf,
  unreadableError,
} from "./_responses.ts";
import { ItemReader } from "./_item_reader.ts";
import { startDeadline } from "./_deadline.ts";
import { KubeRequestError } from "./errors.ts";
import type { WatchEvent } from "./watch_event.ts";
import { Backoff } from "../scheduling/backoff.ts";

/** What is listed and watched, and how. */
export interface ListWatchOptions<T> {
  /** Sends requests. */
  readonly client: Pick<KubeClient, "stream">;
  /** The path of the kind, as `/api/v1/pods`. */
  readonly path: string;
  /** What is wanted of an object; nothing: the object is left out. */
  readonly pick: (object: unknown) => T | undefined;
  /**
   * Names of the objects and arrays in `metadata`, `spec` and `status` that `pick` looks at; of a list, others may
   * come as `null`. @default all
   */
  readonly wanted?: readonly string[];
  /** Whether only the metadata of objects is wanted; the server then sends nothing else, if it can. @default {false} */
  readonly metadataOnly?: boolean;
  /** Called with each failure before it is tried again. */
  readonly onRetry: (notice: string) => void;
  /** Called for each object that is left out because it is too long. */
  readonly onSkip?: () => void;
  /** Ends it all; the generator then ends. */
  readonly signal: AbortSignal;
  /** Objects in a page. @default {500} */
  readonly pageSize?: number;
  /** Milliseconds for a page. @default {60_000} */
  readonly pageLimitMs?: number;
  /** How long the server is asked to keep a watch, in seconds. @default {290} */
  readonly watchSeconds?: number;
  /** Milliseconds without a byte after which a watch is given up. @default {5 s more than the server was asked} */
  readonly idleLimitMs?: number;
  /** Waits. @default {a timer} */
  readonly pause?: (ms: number, options: { readonly signal: AbortSignal }) => Promise<void>;
  /** Numbers from 0 to 1, for intervals. @default {Math.random} */
  readonly random?: () => number;
}

/** Pauses after failures in a row, and the part of each that is taken. */
const PAUSES_MS = [500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000] as const;
const JITTER = [0.4, 1] as const;

/** Lists and watches until the signal is aborted. */
export async function* listWatch<T>(options: ListWatchOptions<T>): AsyncGenerator<WatchEvent<T>> {
  const { path, signal, onRetry, random, pause } = options;
  const backoff = new Backoff({ stepsMs: PAUSES_MS, jitter: JITTER, random, sleep: pause });
  let version: string | undefined;

  /** Waits after an error that may pass; throws any other. */
  async function recover(error: unknown): Promise<void> {
    signal.throwIfAborted();
    const isExpired = error instanceof ExpiredError;
    if (!isExpired && !(error instanceof KubeRequestError)) throw error;
    onRetry(`Cannot ${version === undefined ? "list" : "watch"} ${path}: ${errorText(error)}`);
    if (isExpired) version = undefined;
    backoff.fail();
    // A version that is too old is normal, unless it happens again at once.
    if (isExpired && backoff.failures === 1) return;
    await backoff.pause({ signal, leastMs: isExpired ? 0 : error.retryAfterMs });
  }

  try {
    while (!signal.aborted) {
      try {
        version ??= yield* list(options);
        for await (const event of watch(options, version)) {
          backoff.reset();
          version = event.version;
          if (event.change !== undefined) yield event.change;
        }
      } catch (error) {
        await recover(error);
      }
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

/** All objects, page by page; returns the version to watch from. */
async function* list<T>(options: ListWatchOptions<T>): AsyncGenerator<WatchEvent<T>, string> {
  const { client, path, pick, wanted, signal, metadataOnly = false, pageSize = 500, pageLimitMs = 60_000 } = options;
  const { onSkip = () => {} } = options;
  const accept = metadataOnly
    ? "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json"
    : "application/json";
  yield { type: "Init" };
  let next = "";
  for (;;) {
    const query = new URLSearchParams({ limit: String(pageSize), ...(next === "" ? {} : { continue: next }) });
    using limit = startDeadline(signal, { ms: pageLimitMs, what: "no complete answer" });
    const reader = new ItemReader({ wanted, onSkip });
    using page = await limit.orReason(client.stream({
      method: "GET",
      path: `${path}?${query}`,
      accept,
      signal: limit.signal,
    }));
    if (page.status !== 200) throw await limit.orReason(refusalOf(page));
    const chunks = page.chunks[Symbol.asyncIterator]();
    for (;;) {
      const { done, value: chunk } = await limit.orReason(chunks.next());
      if (done) break;
      for (const item of reader.read(chunk)) {
        const object = pick(parseJson(item));
        if (object !== undefined) yield { type: "InitApply", object };
      }
    }
    const { resourceVersion, continue: token } = fieldsOf(fieldsOf(parseJson(reader.rest()))["metadata"]);
    const isLast = token === undefined || token === null || token === "";
    if (!isLast) {
      if (typeof token !== "string" || token === next) {
        throw unreadableError("a page that does not say which one is next");
      }
      next = token;
      continue;
    }
    if (typeof resourceVersion !== "string" || resourceVersion === "") {
      throw unreadableError("a list without resourceVersion");
    }
    yield { type: "InitDone" };
    return resourceVersion;
  }
}

async function refusalOf({ status, retryAfterMs, chunks }: KubeStream): Promise<Error> {
  const stated = statusIn(await readText(chunks));
  return refusalError(status, { ...stated, retryAfterMs: retryAfterMs ?? stated.retryAfterMs });
}

/** An event of a watch: a change, or only that the version went on. */
interface Watched<T> {
  readonly version: string;
  readonly change: WatchEvent<T> | undefined;
}

/** One watch, until the server ends it. */
async function* watch<T>(options: ListWatchOptions<T>, from: string): AsyncGenerator<Watched<T>> {
  const { client, path, pick, signal, metadataOnly = false, watchSeconds = 290 } = options;
  const { idleLimitMs = (watchSeconds + 5) * 1_000, onSkip = () => {} } = options;
  const query = new URLSearchParams({
    watch: "true",
    timeoutSeconds: String(watchSeconds),
    allowWatchBookmarks: "true",
    resourceVersion: from,
  });
  const accept = metadataOnly
    ? "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json"
    : "application/json";
  using limit = startDeadline(signal, { ms: idleLimitMs, what: "a watch without a word" });
  let isReported = false;
  using stream = await limit.orReason(client.stream({
    method: "GET",
    path: `${path}?${query}`,
    accept,
    signal: limit.signal,
  }));
  if (stream.status !== 200) throw await limit.orReason(refusalOf(stream));
  const lines = linesOf(stream.chunks, { onBytes: () => limit.restart(), onSkip });
  for (;;) {
    const { done, value: line } = await limit.orReason(lines.next());
    if (done) break;
    const event = watchedOf(parseJson(line), pick);
    isReported = true;
    yield event;
  }
  // A server that ends watches as soon as they begin is not to be asked without a pause.
  if (!isReported && limit.elapsedMs() < 1_000) throw unreadableError("a watch that ended at once");
}

function watchedOf<T>(event: unknown, pick: (object: unknown) => T | undefined): Watched<T> {
  const { type, object } = fieldsOf(event);
  const { metadata, code } = fieldsOf(object);
  if (type === "ERROR") throw refusalError(typeof code === "number" ? code : 0, statusOf(fieldsOf(object)));
  const { resourceVersion: version } = fieldsOf(metadata);
  // Without it nobody knows where to go on.
  if (typeof version !== "string" || version === "") throw new ExpiredError("an event without resourceVersion");
  if (type === "BOOKMARK") return { version, change: undefined };
  if (type !== "ADDED" && type !== "MODIFIED" && type !== "DELETED") {
    throw unreadableError(
      typeof type === "string" ? `an event of type "${type.slice(0, 100)}"` : "an event without a type",
    );
  }
  const picked = pick(object);
  if (picked === undefined) return { version, change: undefined };
  return { version, change: { type: type === "DELETED" ? "Delete" : "Apply", object: picked } };
}
