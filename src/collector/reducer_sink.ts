/**
 * The reducer of OpenTelemetry's network project, over TCP.
 *
 * Owns the connection: who we are, first in plain and then as LZ4; events, in packets of 16 KiB or whatever there is
 * after 100 ms; a heartbeat. A connection that breaks, or takes nothing any more, is made anew after a second, and its
 * listener gets everything from the beginning. The reducer never answers.
 *
 * @module
 */
import { connect, type Socket } from "node:net";
import { writeEvent } from "./intake.ts";
import type { Sink, SinkRunOptions } from "./sink.ts";
import { createMessageWriter } from "./wire/encode.ts";
import { createFrameWriter } from "./wire/lz4_frame.ts";
import { Backoff } from "../scheduling/backoff.ts";

/** Where the reducer is, and who we are. */
export interface ReducerSinkOptions {
  /** The name or address of its host. */
  readonly host: string;
  /** Its port. */
  readonly port: number;
  /** The name of our own host. */
  readonly hostname: string;
  /** Which version of the collector we are taken for. */
  readonly version: { readonly major: number; readonly minor: number; readonly patch: number };
  /** Called when the reducer cannot be reached or goes away. */
  readonly onRetry: (notice: string) => void;
  /** Called for each connection that was made. */
  readonly onConnect?: () => void;
  /** Called each time that too much waits for a reducer that takes nothing. */
  readonly onOverflow?: () => void;
  /** Called for each message that was too long. */
  readonly onCut?: () => void;
  /** Milliseconds for which messages are gathered. @default {100} */
  readonly flushMs?: number;
  /** Milliseconds between heartbeats. @default {5_000} */
  readonly heartbeatMs?: number;
  /** Milliseconds before a connection is made anew. @default {1_000} */
  readonly reconnectMs?: number;
  /** Milliseconds until a connection is there. @default {10_000} */
  readonly connectLimitMs?: number;
  /** Bytes that may wait for a reducer that takes nothing. @default {67_108_864} */
  readonly maxWaitingBytes?: number;
}

/** With the time stamp a message fits into the reducer's buffers of 64 KiB. */
const MAX_MESSAGE_BYTES = 65_536 - 8;
/** Packets are cut here, far below the reducer's buffers. */
const PACKET_BYTES = 16_384;
/** What we are, of all that connect to a reducer. */
const K8S_COLLECTOR = 3;

/** One connection. */
interface Session {
  write: Sink["write"];
  end(): void;
}

/** A sink that is not connected yet. */
export function createReducerSink(options: ReducerSinkOptions): Sink {
  const { host, port, onRetry, onConnect, reconnectMs = 1_000, connectLimitMs = 10_000 } = options;
  const backoff = new Backoff({ stepsMs: [reconnectMs] });
  let session: Session | undefined;

  async function serve({ onListener, signal }: SinkRunOptions): Promise<void> {
    const socket = connect({ host, port, noDelay: true });
    const closed = new Promise<Error | undefined>((resolve) => {
      let cause: Error | undefined;
      socket.once("error", (error) => cause = error);
      socket.once("close", () => resolve(cause));
    });
    const end = (): void => void socket.destroy();
    signal.addEventListener("abort", end);
    const limit = setTimeout(() => {
      socket.destroy(new Error(`no connection within ${connectLimitMs} ms`));
    }, connectLimitMs);
    socket.once("connect", () => {
      clearTimeout(limit);
      onConnect?.();
      session = createSession(socket, options);
      onListener();
    });
    // It has nothing to say; without a reader its end would not be seen.
    socket.resume();
    socket.once("end", end);
    try {
      const cause = await closed;
      if (signal.aborted) return;
      onRetry(`Cannot reach reducer at ${host}:${port}: ${cause?.message ?? "it closed the connection"}`);
    } finally {
      clearTimeout(limit);
      signal.removeEventListener("abort", end);
      session?.end();
      session = undefined;
    }
  }

  return {
    write: (event) => session?.write(event),
    flush: () => {}, // By the clock.
    run: async (run) => {
      const { signal } = run;
      while (!signal.aborted) {
        await serve(run);
        backoff.fail();
        await backoff.pause({ signal }).catch((reason) => {
          if (!signal.aborted) throw reason;
        });
      }
    },
  };
}

function createSession(socket: Socket, options: ReducerSinkOptions): Session {
  const { hostname, version, onCut, onOverflow, flushMs = 100, heartbeatMs = 5_000, maxWaitingBytes = 1 << 26 } =
    options;
  const writer = createMessageWriter({ maxMessageBytes: MAX_MESSAGE_BYTES, ...(onCut === undefined ? {} : { onCut }) });
  const frame = createFrameWriter();
  let timer: ReturnType<typeof setTimeout> | undefined;

  function send(): void {
    clearTimeout(timer);
    timer = undefined;
    if (writer.length === 0) return;
    const messages = writer.take();
    // What comes after the end, as the rest of a snapshot, is not gathered either.
    if (socket.destroyed) return;
    socket.write(frame.write(messages));
    if (socket.writableLength > maxWaitingBytes) {
      onOverflow?.();
      socket.destroy(new Error(`it takes nothing, and ${socket.writableLength} bytes wait for it`));
    }
  }

  function beat(): void {
    writer.write("heartbeat", {});
    send();
  }

  writer.write("version_info", version);
  socket.write(writer.take().slice());
  writer.write("connect", { collector_type: K8S_COLLECTOR, hostname });
  beat();
  const beats = setInterval(beat, heartbeatMs);
  return {
    write: (event) => {
      writeEvent(writer, event);
      if (writer.length >= PACKET_BYTES) send();
      else timer ??= setTimeout(send, flushMs);
    },
    end: () => {
      clearInterval(beats);
      clearTimeout(timer);
    },
  };
}
