/**
 * The streams that are open, by kind and by identity, and the limit of those of one identity.
 *
 * A stream is counted from its admission, before its review, to its end, however it ends. Past the limit a stream is
 * refused; those that are open go on.
 *
 * @module
 */
import { identityKey } from "../../auth/identity_key.ts";
import type { Principal } from "../../auth/identity.ts";
import { assignShare } from "../../scheduling/share.ts";
import type { Metrics } from "../../telemetry/metrics.ts";

/** How a stream goes: through stored records, or on with what is written, or the logs there are, or a watch of them. */
export type StreamKind = "forward" | "backward" | "follow" | "list" | "watch";

const KINDS: readonly StreamKind[] = ["forward", "backward", "follow", "list", "watch"];

/** A caller has too many streams open. */
export class StreamLimitError extends Error {
  /** The class, as an error log shows it. */
  override readonly name = "StreamLimitError";

  constructor(max: number) {
    super(`Cannot open another stream: this caller has ${max} open, the limit of limits.streams-per-identity`);
  }
}

/** What is set. */
export interface OpenStreamsOptions {
  /** Open streams of one identity at most. @default {4096} */
  readonly maxPerIdentity?: number | undefined;
  /** What is counted. */
  readonly metrics: Metrics;
}

/** The part of a call that is counted. */
interface CountedCall {
  readonly signal: AbortSignal;
}

/** The open streams of one server. */
export class OpenStreams {
  readonly #maxPerIdentity: number;
  readonly #metrics: Metrics;
  readonly #identities = new Map<string, number>();
  readonly #kinds = new Map<StreamKind, number>(KINDS.map((kind) => [kind, 0]));

  /** None is open. */
  constructor({ maxPerIdentity = 4_096, metrics }: OpenStreamsOptions) {
    this.#maxPerIdentity = maxPerIdentity;
    this.#metrics = metrics;
    for (const kind of KINDS) metrics.collect("streams", () => this.#kinds.get(kind), { kind });
  }

  /** How many identities have a stream open. */
  get identities(): number {
    return this.#identities.size;
  }

  /**
   * Admits a stream of a caller, and counts it until disposed of. The waits of the call are the caller's from now on.
   *
   * @throws {StreamLimitError}
   */
  admit({ signal }: CountedCall, caller: Principal, options: { readonly kind: StreamKind }): Disposable {
    const { kind } = options;
    const identity = identityKey(caller);
    assignShare(signal, { identity });
    const open = this.#identities.get(identity) ?? 0;
    if (open >= this.#maxPerIdentity) {
      this.#metrics.add("refused_total", 1, { limit: "streams_per_identity" });
      throw new StreamLimitError(this.#maxPerIdentity);
    }
    this.#identities.set(identity, open + 1);
    this.#add(kind, 1);
    let isOpen = true;
    return {
      [Symbol.dispose]: () => {
        if (!isOpen) return;
        isOpen = false;
        this.#add(kind, -1);
        const left = (this.#identities.get(identity) ?? 1) - 1;
        if (left > 0) this.#identities.set(identity, left);
        else this.#identities.delete(identity);
      },
    };
  }

  #add(kind: StreamKind, by: 1 | -1): void {
    this.#kinds.set(kind, (this.#kinds.get(kind) ?? 0) + by);
  }
}
