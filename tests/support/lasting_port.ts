/**
 * Ports for servers of tests that go away and come back, or that are told their port before they listen.
 *
 * A port that the kernel has chosen by itself is not kept for who lets go of it: the next program on the machine that
 * listens or connects without a wish may be given it. So these lie outside of the range that the kernel chooses from.
 *
 * @module
 */
import type { Server } from "node:net";

/** Below the range that Linux chooses from by default, 32768 to 60999. */
const FIRST_PORT = 20_000;
const PORT_COUNT = 10_000;
const MAX_TRIES = 100;

/** Calls `listen` with one port after the other, until it rejects no more because another program has the port. */
export async function onLastingPort<T>(listen: (port: number) => Promise<T>): Promise<T> {
  for (let tries = 1;; tries++) {
    try {
      return await listen(FIRST_PORT + Math.floor(Math.random() * PORT_COUNT));
    } catch (error) {
      if (tries === MAX_TRIES || !/EADDRINUSE|AddrInUse/.test(`${error}`)) throw error;
    }
  }
}

/** Has a server listen at this port of 127.0.0.1, or at one of its own; resolves to the port. */
export async function listenLasting(server: Server, port?: number): Promise<number> {
  const listen = (port: number): Promise<number> =>
    new Promise((resolve, reject) => {
      server.once("error", reject);
      server.listen(port, "127.0.0.1", () => {
        server.off("error", reject);
        resolve(port);
      });
    });
  return await (port === undefined ? onLastingPort(listen) : listen(port));
}

/** A port that was free a moment ago, for a program that wants to be told its own. */
export async function lastingPort(): Promise<number> {
  return await onLastingPort((port) => {
    Deno.listen({ hostname: "127.0.0.1", port }).close();
    return Promise.resolve(port);
  });
}
