/**
 * What the API server is asked.
 *
 * @module
 */

/** One request. */
export interface KubeRequest {
  /** The HTTP method. */
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** The path of the API, from `/api` or `/apis` on. */
  readonly path: string;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** The kinds of answer that are understood, best ones first. @default {"application/json"} */
  readonly accept?: string;
  /** A caller's token, to be used in place of all credentials of the configuration. */
  readonly bearer?: string;
  /** Ends the request; its reason is thrown. */
  readonly signal: AbortSignal;
}
