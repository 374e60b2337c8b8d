/**
 * What a configuration comes down to, wherever it was found: an address, and credentials that may change.
 *
 * @module
 */

/** What one connection to the API server is made with; all texts are PEM. */
export interface KubeCredentials {
  /** The authorities that may have signed the server's certificate; none: those of the platform. */
  readonly ca: string | undefined;
  /** The name to expect in the server's certificate, where it is not the host's. */
  readonly serverName: string | undefined;
  /** False only where a kubeconfig says `insecure-skip-tls-verify`. */
  readonly verify: boolean;
  /** The client certificate, if there is one. */
  readonly certificate: string | undefined;
  /** The key of the client certificate. */
  readonly key: string | undefined;
  /** Request headers that say who asks: `authorization` and impersonation. */
  readonly headers: Readonly<Record<string, string>>;
}

/** How credentials are wanted. */
export interface CredentialsOptions {
  /** Whether to read the files behind them however short ago that was. @default {false} */
  readonly fresh?: boolean;
}

/** One API server, as a configuration describes it. */
export interface KubeConfig {
  /** Where the configuration was found, for the log. */
  readonly source: string;
  /** The address, possibly with a path in front of all API paths. */
  readonly server: URL;
  /** The credentials of this moment; files behind them may have changed since the last call. */
  credentials(options?: CredentialsOptions): Promise<KubeCredentials>;
}
