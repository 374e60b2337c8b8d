/**
 * What the bench and its client process say to each other: JSON, a line each, over the client's standard input and
 * output.
 *
 * @module
 */

/** Who the client is; the first line. */
export interface ClientIdentity {
  /** Whom to trust, PEM. */
  readonly ca: string;
  /** The client's certificate, PEM. */
  readonly cert: string;
  /** Its key, PEM. */
  readonly key: string;
  /** Metadata that goes with every call. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** Calls of one method with different messages. */
export interface Calls {
  /** The agent's port on 127.0.0.1. */
  readonly port: number;
  /** As `/package.Service/Method`. */
  readonly path: string;
  /** The messages without their heads, base64; one call each. */
  readonly messages: readonly string[];
}

/** What the client can be told to do; each command has one answer. */
export type ClientCommand =
  /** All calls at once on one connection, each read to its end. */
  | ({ readonly kind: "streams" } & Calls)
  /** One call after the other, each cancelled after its first message. */
  | ({ readonly kind: "first" } & Calls)
  /**
   * One call every so often on a connection of its own, until `finish`; answered at once when the connection stands.
   */
  | ({ readonly kind: "probe"; readonly everyMs: number } & Calls)
  /** Ends the probing; answered when its last call has ended. */
  | { readonly kind: "finish" };

/** The answer to a command. */
export interface ClientAnswer {
  /** From the first request to the end of the last stream. */
  readonly wallMs: number;
  /** Messages received. */
  readonly frames: number;
  /** Their bytes, with their heads. */
  readonly bytes: number;
  /** For `first` and `probe`: how long each call took to its first message. */
  readonly latenciesMs: readonly number[];
  /** What went wrong, each text once. */
  readonly failures: readonly string[];
}
