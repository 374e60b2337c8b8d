/**
 * The address to listen on: `[::1]:50051`, `10.0.0.1:50051`, `localhost:50051`, or `:50051` for every address of the
 * machine. Port 0 asks the system for a free one. Names are not resolved here.
 * @module
 */

import { isIPv4, isIPv6 } from "node:net";

/** Where to listen. */
export interface Address {
  /** An IP address without brackets, or a host name; `::` is every address. */
  readonly host: string;
  /** 0 to 65535. */
  readonly port: number;
}

/** The address that a text stands for; undefined when it stands for none. */
export function parseAddress(text: string): Address | undefined {
  const [, bracketed, plain, digits] = /^(?:\[([^\]]*)\]|([^:]*)):([0-9]{1,5})$/.exec(text) ?? [];
  const port = Number(digits);
  if (digits === undefined || port > 0xffff) return undefined;
  if (bracketed !== undefined) {
    return isIPv6(bracketed) ? { host: bracketed, port } : undefined;
  }
  if (plain === undefined || plain === "") return { host: "::", port };
  return isHost(plain) ? { host: plain, port } : undefined;
}

/** The text that {@link parseAddress} reads back. */
export function addressText(address: Address): string {
  return `${address.host.includes(":") ? `[${address.host}]` : address.host}:${address.port}`;
}

/** What looks like an IPv4 address must be one: `10.0.0.256` is no host name. */
function isHost(text: string): boolean {
  if (/^[0-9.]+$/.test(text)) return isIPv4(text);
  return /^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$/.test(text);
}
