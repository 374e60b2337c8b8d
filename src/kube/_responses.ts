/**
 * Reading what the API server answers to lists and watches: text, lines, JSON, and what a refusal means.
 *
 * @module
 */
import { KubeRequestError } from "./errors.ts";
import { statusRetryAfterMs } from "./_retry_after.ts";

/** The server no longer knows the version that was asked for. */
export class ExpiredError extends Error {
  /** The class, as an error log shows it. */
  override readonly name = "ExpiredError";
}

/** An object of JSON, whose fields may be anything. */
export type Fields = Readonly<Record<string, unknown>>;

/** Returns the JSON of an answer. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new KubeRequestError("Cannot read answer of the API server: not JSON", { failure: "unreadable", cause });
  }
}

/** Returns the fields of an object; of anything else, none. */
export function fieldsOf(value: unknown): Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? value as Fields : {};
}

/** What is known of an answer that is no success. */
export interface RefusalOptions {
  /** Its message, if that is text. */
  readonly message: unknown;
  /** Milliseconds for which the server wants to be left alone. */
  readonly retryAfterMs?: number | undefined;
}

/** Returns the error for an answer that is no success, be it an HTTP answer or an event. */
export function refusalError(status: number, { message, retryAfterMs }: RefusalOptions): Error {
  const detail = typeof message === "string" && message !== "" ? `: ${message.slice(0, 300)}` : "";
  const text = `the API server answered ${status}${detail}`;
  return status === 410
    ? new ExpiredError(text)
    : new KubeRequestError(text, { failure: "refused", status, retryAfterMs });
}

/** Returns what a status object says. */
export function statusOf(object: Fields): RefusalOptions {
  return { message: object["message"], retryAfterMs: statusRetryAfterMs(object["details"]) };
}

/** Returns what an answer that is no success says, if it is a status object. */
export function statusIn(body: string): RefusalOptions {
  try {
    return statusOf(fieldsOf(JSON.parse(body)));
  } catch {
    // Proxies answer in other languages; the status says enough.
    return { message: undefined };
  }
}

/** Returns the error for an answer that is not what it should be. */
export function unreadableError(what: string): KubeRequestError {
  return new KubeRequestError(what, { failure: "unreadable" });
}

/** Returns the message of an error, and that of its cause. */
export function errorText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}

/** Longer lines and items are left out: etcd takes objects of some megabytes at most. */
export const MAX_OBJECT_BYTES = 16 << 20;

/** How lines are read. */
export interface LinesOptions {
  /** Called for each piece. */
  readonly onBytes: () => void;
  /** Called for each line that is left out because it is too long. */
  readonly onSkip: () => void;
  /** The longest line, in UTF-16 units. @default {16_777_216} */
  readonly maxLength?: number;
}

/** The lines of a stream, without empty ones. */
export async function* linesOf(chunks: AsyncIterable<Uint8Array>, options: LinesOptions): AsyncGenerator<string> {
  const { onBytes, onSkip, maxLength = MAX_OBJECT_BYTES } = options;
  const decoder = new TextDecoder();
  let begun = "";
  let isSkipping = false;
  for await (const chunk of chunks) {
    onBytes();
    const text = decoder.decode(chunk, { stream: true });
    let start = 0;
    for (let end = text.indexOf("\n"); end !== -1; end = text.indexOf("\n", start)) {
      const line = begun + text.slice(start, end);
      begun = "";
      start = end + 1;
      if (!isSkipping && line !== "") yield line;
      isSkipping = false;
    }
    if (isSkipping) continue;
    begun += text.slice(start);
    if (begun.length <= maxLength) continue;
    begun = "";
    isSkipping = true;
    onSkip();
  }
  // What has no line feed is half an event, and comes again with the next watch.
}

/** Returns the beginning of an answer that is no watch. */
export async function readText(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of chunks) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > 10_000) break;
  }
  return text;
}
