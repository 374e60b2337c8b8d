/**
 * What the bench of live logs and its client processes say to each other: JSON, a line each, as in
 * `client_protocol.ts`.
 *
 * @module
 */

/** One call: a method's path, and its request without a head, base64. */
export interface LiveCall {
  /** As `/package.Service/Method`. */
  readonly path: string;
  /** The request. */
  readonly message: string;
}

/** A file that lines are appended to, and the call by which an agent follows it. */
export interface AppendTarget extends LiveCall {
  /** The agent's port on 127.0.0.1. */
  readonly port: number;
  /** The file's path. */
  readonly file: string;
}

/** What a client can be told to do; each command has one answer. */
export type LiveCommand =
  /** Makes a call and reads it to its end. */
  | ({ readonly kind: "call"; readonly port: number } & LiveCall)
  /** Opens streams on one connection and keeps them open; answered when all of them have their headers. */
  | { readonly kind: "open"; readonly port: number; readonly calls: readonly LiveCall[] }
  /** Cancels what is open; answered when all streams have closed. */
  | { readonly kind: "cancel" }
  /** Makes one call after the other on a connection of its own, `everyMs` apart, until `finish`. */
  | ({ readonly kind: "probe"; readonly port: number; readonly everyMs: number } & LiveCall)
  /** Ends the probing. */
  | { readonly kind: "finish" }
  /**
   * Writes lines to files that a stream follows each, one by one, some to one file and some to the next by turns, and
   * takes the time until each is there.
   */
  | { readonly kind: "appends"; readonly lines: number; readonly targets: readonly AppendTarget[] }
  /** Writes a numbered line to each of the files, again and again; each by itself, as container runtimes do. */
  | { readonly kind: "write"; readonly files: readonly string[]; readonly everyMs: number; readonly rounds: number };

/** The answer to a command; what does not belong to it is 0 or empty. */
export interface LiveAnswer {
  /** From the beginning to the end. */
  readonly wallMs: number;
  /** Bytes of messages. */
  readonly bytes: number;
  /**
   * How long each call or line took; for `appends` as many for one target as for the next, one target after the other.
   */
  readonly latenciesMs: readonly number[];
  /** For `cancel`: how many lines each stream has brought, whose numbers count up from 0. */
  readonly lines: readonly number[];
  /** What went wrong, each text once. */
  readonly failures: readonly string[];
}

/** The line with a number, as a container runtime writes it. */
export function numberedLine(number: number): string {
  return `${new Date().toISOString().slice(0, -1)}123456Z stdout F ${number} ${FILLING}\n`;
}

/** So that a line has about 150 bytes. */
const FILLING = 'level=info msg="request done" path=/api/v1/orders status=200 took=12ms user=4711 '.repeat(2).slice(
  0,
  110,
);
