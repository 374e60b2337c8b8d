/**
 * Keeps the debugger shut: half a second after its start, `deno run` listens for SIGUSR1, and opens its inspector at
 * 127.0.0.1:9229 on it, whatever else listens for that signal (denoland/deno#35738). Who connects there may run
 * anything in the process. Nothing turns that off, and only the permission for all of the system closes it again, so
 * the agent holds the port: the runtime says that it cannot open it, and goes on.
 *
 * @module
 */
import { createServer, type Server } from "node:net";
import { clearTimeout, setTimeout } from "node:timers";

const HOST = "127.0.0.1";
/** Where the runtime opens its inspector. */
export const INSPECTOR_PORT = 9229;
/** Another program that has the port keeps the inspector shut as well; when it lets go, the agent takes it. */
const RETRY_MS = 1_000;

/** The port, as far as it can be had. */
export interface InspectorPort extends Disposable {
  /** Whether it is held. */
  readonly isHeld: boolean;
}

/** Takes the port and keeps it, without keeping the process alive for it. Who connects is disconnected. */
export function holdInspectorPort(options: { readonly port?: number; readonly retryMs?: number } = {}): InspectorPort {
  const { port = INSPECTOR_PORT, retryMs = RETRY_MS } = options;
  let retry: ReturnType<typeof setTimeout> | undefined;
  let isOver = false;
  const server: Server = createServer((socket) => socket.destroy());
  const take = (): void => void server.listen({ host: HOST, port });
  server.on("error", () => {
    if (isOver) return;
    retry = setTimeout(take, retryMs).unref();
  });
  server.unref();
  take();
  return {
    get isHeld(): boolean {
      return server.listening;
    },
    [Symbol.dispose](): void {
      isOver = true;
      clearTimeout(retry);
      server.close();
    },
  };
}
