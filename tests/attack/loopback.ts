/**
 * The one way out of the attack suite: connections to this machine, and to no other.
 *
 * @module
 */
import net from "node:net";

/** An address that is not this machine's own. */
export class NotLoopbackError extends TypeError {
  /** The class, as an error log shows it. */
  override readonly name = "NotLoopbackError";
}

/** Returns the host if it is an address of loopback. @throws {NotLoopbackError} for every other, names included */
export function loopbackOnly(host: string): string {
  const isLoopback = net.isIPv4(host) ? host.startsWith("127.") : host === "::1";
  if (!isLoopback) throw new NotLoopbackError(`Cannot attack another machine: "${host}"`);
  return host;
}

/** How to connect. */
export interface LoopbackOptions {
  /** The port. */
  readonly port: number;
  /** The host. @default 127.0.0.1 */
  readonly host?: string;
  /** The address to connect from. @default 127.0.0.2 */
  readonly from?: string;
}

/** A TCP connection; resolves when it stands. What happens to it later shows in its `destroyed`. */
export async function connectTcp(
  { port, host = "127.0.0.1", from = "127.0.0.2" }: LoopbackOptions,
): Promise<net.Socket> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const socket = net.connect({ host: loopbackOnly(host), port, localAddress: loopbackOnly(from) });
  socket.once("connect", resolve);
  socket.on("error", reject);
  await promise;
  // Reads what comes, so that the other side's end is seen.
  socket.resume();
  return socket;
}
