/**
 * HTTP/2 sessions of clients that end without taking the process with them; see {@linkcode endInOwnTick}.
 *
 * @module
 */
import http2, { type ClientHttp2Session } from "node:http2";
import { endInOwnTick } from "../../scheduling/own_tick.ts";

let isGuarded = false;

/**
 * Makes every client session of this process end in a tick of its own from now on, grpc-js's among them: it looks up
 * `connect` in the module for each connection. For the relay's client and for tests; the agent itself is no HTTP/2
 * client.
 */
export function guardClientSessions(): void {
  if (isGuarded) return;
  isGuarded = true;
  http2.connect = new Proxy(http2.connect, {
    apply: (connect, self, parameters) => {
      const session: ClientHttp2Session = Reflect.apply(connect, self, parameters);
      endInOwnTick(session);
      return session;
    },
  });
}
