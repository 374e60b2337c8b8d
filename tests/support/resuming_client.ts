/**
 * A TLS client of Node.js, which can resume a session although it shows a certificate. Deno's cannot.
 *
 * @module
 */

/** What the client shows, and whom it trusts. */
export interface ResumingOptions {
  /** Its certificate. */
  readonly cert: string;
  /** Its key. */
  readonly key: string;
  /** Whom it trusts. */
  readonly ca: string;
  /** The newest protocol. */
  readonly maxVersion: "TLSv1.2" | "TLSv1.3";
  /** The session of an earlier handshake, in Base64. */
  readonly session?: string;
}

/** How a handshake ended. */
export interface ResumedHandshake {
  /** Whether it resumed a session. */
  readonly reused: boolean;
  /** Whether the server spoke HTTP/2 after it. */
  readonly served: boolean;
  /** A session to resume, in Base64; empty when there is none beside the one that was resumed. */
  readonly session: string;
}

const PROGRAM = `
const { connect } = require("node:tls");
const { port, session, ...options } = JSON.parse(process.argv[1]);
const answer = { reused: false, served: false, session: "" };
const socket = connect({
  ...options, host: "127.0.0.1", port, servername: "localhost", ALPNProtocols: ["h2"],
  session: session && Buffer.from(session, "base64"),
});
setTimeout(() => process.exit(1), 60_000).unref();
socket.on("secureConnect", () => {
  answer.reused = socket.isSessionReused();
  socket.write("PRI * HTTP/2.0\\r\\n\\r\\nSM\\r\\n\\r\\n\\0\\0\\0\\x04\\0\\0\\0\\0\\0");
});
socket.on("session", (bytes) => answer.session = bytes.toString("base64"));
socket.on("data", () => { answer.served = true; socket.destroy(); });
socket.on("error", () => {});
socket.on("close", () => console.log(JSON.stringify(answer)));
`;

/** Shakes hands in a process of its own. */
export async function resumeHandshake(port: number, options: ResumingOptions): Promise<ResumedHandshake> {
  const { stdout, stderr } = await new Deno.Command("node", {
    args: ["-e", PROGRAM, JSON.stringify({ port, ...options })],
    stdout: "piped",
    stderr: "piped",
  }).output();
  const text = new TextDecoder().decode(stdout);
  if (text === "") throw new Error(`The client has ended early: ${new TextDecoder().decode(stderr)}`);
  return JSON.parse(text) as ResumedHandshake;
}
