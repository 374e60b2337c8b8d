/**
 * A client that only shakes hands, and tells what it was shown.
 *
 * @module
 */
import { connect, type ConnectionOptions } from "node:tls";

/** How a handshake ended. */
export interface Handshake {
  /** The common name of the server's certificate; undefined when the server refused. */
  readonly server: string | undefined;
  /** Of which protocol. */
  readonly protocol: string | null;
}

/** Shakes hands, and waits for the first words of HTTP/2: in TLS 1.3 a client is refused only after its handshake. */
export async function shakeHands(port: number, options: ConnectionOptions): Promise<Handshake> {
  const { promise, resolve } = Promise.withResolvers<"served" | "refused">();
  const socket = connect({ host: "127.0.0.1", port, servername: "localhost", ALPNProtocols: ["h2"], ...options });
  const closed = Promise.withResolvers<void>();
  let server: string | undefined;
  let protocol: string | null = null;
  socket.on("secureConnect", () => {
    server = String(socket.getPeerCertificate().subject.CN);
    protocol = socket.getProtocol();
    socket.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0");
  });
  socket.on("data", () => resolve("served")).on("error", () => {}).on("close", () => {
    resolve("refused");
    closed.resolve();
  });
  const outcome = await promise;
  socket.destroy();
  await closed.promise;
  return { server: outcome === "served" ? server : undefined, protocol };
}
