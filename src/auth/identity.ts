/**
 * The types on both sides of authentication: what the transport has received, and the caller that it stands for.
 *
 * @module
 */

/** A user whom a trusted proxy vouches for. */
export interface Identity {
  /** The user's name; never empty. */
  readonly user: string;
  /** The user's groups: each once, sorted, none empty. */
  readonly groups: readonly string[];
  /**
   * What else the proxy knows of the user: keys to lists that are not empty, each value once, sorted. An object without
   * a prototype, so that a key such as `__proto__` is a key like any other.
   */
  readonly extra: Readonly<Record<string, readonly string[]>>;
}

/** A caller: a forwarded identity, or the bearer of a token that only the API server can read. */
export type Principal =
  | { readonly kind: "identity"; readonly identity: Identity }
  | { readonly kind: "token"; readonly token: string };

/** What the transport has received. Header values are raw, one entry per occurrence of the header. */
export interface RequestCredentials {
  /** The first common name in the subject of the client's own certificate. */
  readonly commonName: string | undefined;
  /** Whether the client has a verified certificate. */
  readonly hasCertificate: boolean;
  /** Values of `x-remote-user`. */
  readonly remoteUser: readonly string[];
  /** Values of `x-remote-group`. */
  readonly remoteGroup: readonly string[];
  /** Values of `x-remote-extras`. */
  readonly remoteExtras: readonly string[];
  /** Values of `authorization`. */
  readonly authorization: readonly string[];
}
