/**
 * Where to listen, as grpc-js wants it written.
 *
 * @module
 */

/** Where to listen. */
export interface ListenAddress {
  /** An IP address – with or without brackets – or a name; `::` means every address of the machine. */
  readonly host: string;
  /** 0: one that is free. */
  readonly port: number;
}

/** What the machine can do. */
export interface ListenTargetOptions {
  /** Whether it can listen on IPv6; @default tries it */
  readonly hasIPv6?: (() => boolean) | undefined;
}

/** The address as `host:port`; IPv6's wildcard becomes IPv4's on a machine without IPv6. */
export function listenTarget({ host, port }: ListenAddress, options: ListenTargetOptions = {}): string {
  const { hasIPv6 = canListenOnIPv6 } = options;
  const bare = host.replace(/^\[(.*)\]$/, "$1");
  if (bare === "::" && !hasIPv6()) return `0.0.0.0:${port}`;
  return `${bare.includes(":") ? `[${bare}]` : bare}:${port}`;
}

function canListenOnIPv6(): boolean {
  try {
    Deno.listen({ hostname: "::", port: 0 }).close();
    return true;
  } catch {
    return false;
  }
}
