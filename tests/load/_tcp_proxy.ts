/**
 * A connection between a client and the agent that can be cut: for clients that vanish without a word.
 *
 * @module
 */

/** A proxy that runs. */
export interface TcpProxy extends AsyncDisposable {
  /** Its port on 127.0.0.1. */
  readonly port: number;
  /** Cuts every connection off on both sides, in the middle of whatever is under way. */
  cut(): void;
}

/** Starts a proxy to `port` of 127.0.0.1. */
export function startTcpProxy({ port }: { readonly port: number }): TcpProxy {
  const hostname = "127.0.0.1";
  const listener = Deno.listen({ hostname, port: 0 });
  const open = new Set<Deno.Conn>();
  const pumps: Promise<void>[] = [];

  async function pump(from: Deno.Conn, to: Deno.Conn): Promise<void> {
    try {
      await from.readable.pipeTo(to.writable);
    } catch {
      // One of the two is gone; that is what this is for.
    }
  }

  async function accept(): Promise<void> {
    for await (const client of listener) {
      const agent = await Deno.connect({ hostname, port });
      open.add(client).add(agent);
      pumps.push(pump(client, agent), pump(agent, client));
    }
  }

  const cut = (): void => {
    for (const connection of open) {
      try {
        connection.close();
      } catch (error) {
        if (!(error instanceof Deno.errors.BadResource)) throw error;
      }
    }
    open.clear();
  };
  const accepting = accept();
  return {
    port: (listener.addr as Deno.NetAddr).port,
    cut,
    [Symbol.asyncDispose]: async () => {
      listener.close();
      await accepting;
      cut();
      await Promise.all(pumps);
    },
  };
}
