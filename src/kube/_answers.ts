/**
 * Reading what the API server answers to lists and watches: text, lines, JSON, and what a refusal means.
 *
 * @module
 */
import { KubeRequestError } from "./errors.ts";

/** The server no longer knows the version that was asked for. */
export class ExpiredError extends Error {
  /** The class, as an error log shows it. */
  override readonly name = "ExpiredError";
}

/** The JSON of an answer. */
export function parsed<T>(text: string): T {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new KubeRequestError("Cannot read answer of the API server: not JSON", { failure: "unreadable", cause });
  }
}

/** What an answer that is no success comes down to, be it an HTTP answer or an event. */
export function refusal(status: number, body: string): Error {
  let told = "";
  try {
    told = String(JSON.parse(body).message ?? "");
  } catch {
    // Proxies answer in other languages; the status says enough.
  }
  const message = `the API server answered ${status}${told === "" ? "" : `: ${told.slice(0, 300)}`}`;
  return status === 410 ? new ExpiredError(message) : new KubeRequestError(message, { failure: "refused", status });
}

/** An answer that is not what it should be. */
export function unreadable(what: string): KubeRequestError {
  return new KubeRequestError(what, { failure: "unreadable" });
}

/** What an error says, and what the platform said before it. */
export function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}

/** The lines of a stream; `onBytes` hears of each piece. */
export async function* linesOf(chunks: AsyncIterable<Uint8Array>, onBytes: () => void): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let begun = "";
  for await (const chunk of chunks) {
    onBytes();
    const text = decoder.decode(chunk, { stream: true });
    let start = 0;
    for (let end = text.indexOf("\n"); end !== -1; end = text.indexOf("\n", start)) {
      const line = begun + text.slice(start, end);
      begun = "";
      start = end + 1;
      if (line !== "") yield line;
    }
    begun += text.slice(start);
  }
  // What has no line feed is half an event, and comes again with the next watch.
}

/** The beginning of an answer that is no watch. */
export async function textOfStream(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of chunks) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > 10_000) break;
  }
  return text;
}
