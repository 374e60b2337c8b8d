/**
 * HTTP/2 sessions that end without taking the process with them.
 *
 * Deno's `destroy` and `close` of a session free what nghttp2 still uses when they are called from within one of its
 * callbacks – which is where the other side's GOAWAY arrives – and the process aborts (denoland/deno#36788): a server's
 * when clients leave after a big stream, a client's when a server goes away. In a tick of their own they do no harm.
 *
 * @module
 */

import type { Http2Session } from "node:http2";

/** Makes `destroy` and `close` of a session run in a tick of their own. */
export function endInOwnTick(session: Http2Session): void {
  const destroy = session.destroy.bind(session);
  const close = session.close.bind(session);
  session.destroy = (error, code): void => {
    setImmediate(() => destroy(error, code));
  };
  session.close = (callback): void => {
    // Registered now: a session that ends before that tick would never call back.
    if (callback !== undefined) session.once("close", callback);
    setImmediate(() => close());
  };
}
