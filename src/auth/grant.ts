/**
 * The outcome of a review that has allowed the caller.
 *
 * A grant is made by the authorizer and by nothing else; whoever holds one may read what it allows without asking
 * again.
 *
 * @module
 */

/** Permission to read the logs of some namespaces. */
export interface Grant {
  /** Keeps other objects from being taken for a grant. */
  readonly brand: "Grant";
  /** The namespaces that were reviewed, or `all`, when all of them were reviewed as one. */
  readonly namespaces: "all" | ReadonlySet<string>;
  /** When the API server gave the oldest decision of it: milliseconds on the clock of the authorizer. */
  readonly decidedAtMs: number;
  /** Reports whether it covers `namespace`. */
  allows(namespace: string): boolean;
}
