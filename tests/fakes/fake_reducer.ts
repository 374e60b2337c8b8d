/**
 * A stand-in for the reducer: takes connections as the real one does, and keeps the same tables.
 *
 * On a free port of 127.0.0.1. The first message comes in plain and everything behind it as LZ4; what the reducer
 * closes a connection for – a message before `connect`, one that does not exist, a version that is too old, half a
 * minute of silence – closes it here, and is kept as a fault. Tables are of a connection and go with it.
 *
 * @module
 */
import { createServer, type Socket } from "node:net";
import { createMessageReader, type Message } from "./decode_messages.ts";
import { createFrameReader } from "./lz4_decode.ts";
import { type UntilOptions, untilSo } from "./until_so.ts";
import { listenLasting } from "../support/lasting_port.ts";

/** A container of a pod, as the reducer knows it. */
export interface TableContainer {
  /** Without the runtime's name. */
  readonly id: string;
  /** Its name in the pod. */
  readonly name: string;
  /** Its image. */
  readonly image: string;
}

/** A pod, as the reducer knows it. */
export interface TablePod {
  /** What it is known by. */
  readonly uid: string;
  /** Its name. */
  readonly name: string;
  /** Its namespace. */
  readonly namespace: string;
  /** The images of its containers. */
  readonly version: string;
  /** Its owner's uid; empty: nobody's. */
  readonly ownerUid: string;
  /** Its owner's name; the pod's own where it is nobody's. */
  readonly ownerName: string;
  /** Its owner's kind, by number. The reducer does not look at it. */
  readonly ownerKind: number;
  /** Its address. The reducer does not look at it. */
  readonly ip: string;
  /** Its containers, by id. */
  readonly containers: ReadonlyMap<string, TableContainer>;
}

/** How a stand-in is started. */
export interface FakeReducerOptions {
  /** A port of an earlier one, to come back on it. @default {a free one} */
  readonly port?: number;
  /**
   * Looks at a connection in a row without a message in between after which it is closed. Looks are counted, since time
   * passes for a process that stands still, too. @default {1}
   */
  readonly silentLooks?: number;
  /** Milliseconds between two looks at how silent connections are. @default {45_000} */
  readonly checkMs?: number;
  /** Is called after each message. */
  readonly onMessage?: (message: Message) => void;
}

/** A stand-in that runs. */
export interface FakeReducer extends AsyncDisposable {
  /** Its port on 127.0.0.1. */
  readonly port: number;
  /** Connections that are open and have said who they are. */
  readonly connections: number;
  /** All pods that open connections have told, by uid. */
  readonly pods: ReadonlyMap<string, TablePod>;
  /** How many messages of each name have come. */
  readonly counts: ReadonlyMap<string, number>;
  /** Why connections were closed. */
  readonly faults: readonly string[];
  /** Messages for pods that were not there: containers and deletes. */
  readonly strays: readonly string[];
  /** Bytes that have come. */
  readonly bytes: number;
  /** Resolves when `isSo` holds; it is asked after each message and each connection that comes or goes. */
  until(isSo: (reducer: FakeReducer) => boolean, options?: UntilOptions): Promise<void>;
  /** Breaks all connections. */
  disconnect(): void;
}

/** Messages that may come before `connect`. */
const WITHOUT_CONNECT: ReadonlySet<string> = new Set(["version_info", "connect", "health_check"]);

/** The oldest version that is let in. */
const OLDEST_MINOR = 9;

/** Details are cut to so many bytes. */
const DETAIL_BYTES = 64;

/** Why a connection is closed. */
class IntakeError extends Error {
  override readonly name = "IntakeError";
}

interface OwnPod extends TablePod {
  readonly containers: Map<string, TableContainer>;
}

/** Starts a stand-in that nobody has told anything. */
export async function startFakeReducer(options: FakeReducerOptions = {}): Promise<FakeReducer> {
  const { port, silentLooks = 1, checkMs = 45_000, onMessage } = options;
  const tables = new Map<Socket, Map<string, OwnPod>>();
  const sockets = new Set<Socket>();
  const counts = new Map<string, number>();
  const faults: string[] = [];
  const strays: string[] = [];
  const waiters = new Set<() => void>();
  let bytes = 0;

  const changed = (): void => {
    for (const waiter of waiters) waiter();
  };

  function take(socket: Socket, message: Message): void {
    counts.set(message.name, (counts.get(message.name) ?? 0) + 1);
    if (!tables.has(socket) && !WITHOUT_CONNECT.has(message.name)) {
      throw new IntakeError(`${message.name} before connect`);
    }
    if (message.name === "connect") tables.set(socket, new Map());
    if (message.name === "version_info") checkVersion(message);
    const pods = tables.get(socket);
    if (pods !== undefined) apply(pods, message, (stray) => strays.push(stray));
    onMessage?.(message);
    changed();
  }

  function serve(socket: Socket): void {
    sockets.add(socket);
    const plain = createMessageReader();
    const packed = createMessageReader();
    const frames = createFrameReader();
    let isPlain = true;
    let looks = 0;
    const close = (fault: string): void => {
      faults.push(fault);
      socket.destroy();
    };
    const watchdog = setInterval(() => {
      if (++looks > silentLooks) close(`silent for ${silentLooks * checkMs} ms`);
    }, checkMs);
    socket.on("data", (chunk: Uint8Array) => {
      bytes += chunk.length;
      try {
        let rest: Uint8Array = chunk;
        if (isPlain) {
          const [first] = plain.read(chunk, 1);
          if (first === undefined) return;
          isPlain = false;
          rest = plain.pending;
          take(socket, first);
        }
        for (const message of packed.read(frames.read(rest))) {
          looks = 0;
          take(socket, message);
        }
      } catch (error) {
        close(error instanceof Error ? error.message : String(error));
      }
    });
    socket.on("error", () => {}); // What broke is seen as closed.
    socket.on("close", () => {
      clearInterval(watchdog);
      sockets.delete(socket);
      tables.delete(socket);
      changed();
    });
  }

  const server = createServer(serve);
  const bound = await listenLasting(server, port);
  const disconnect = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  const reducer: FakeReducer = {
    port: bound,
    get connections(): number {
      return tables.size;
    },
    get pods(): ReadonlyMap<string, TablePod> {
      return new Map([...tables.values()].flatMap((pods) => [...pods]));
    },
    counts,
    faults,
    strays,
    get bytes(): number {
      return bytes;
    },
    until: (isSo, options) => untilSo(() => isSo(reducer), { waiters, condition: `${isSo}`, ...options }),
    disconnect,
    [Symbol.asyncDispose]: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      disconnect();
      await closed;
    },
  };
  return reducer;
}

function checkVersion({ values }: Message): void {
  const { major, minor } = values;
  if (Number(major) > 0 || Number(minor) >= OLDEST_MINOR) return;
  throw new IntakeError(`version ${major}.${minor} is too old`);
}

function apply(pods: Map<string, OwnPod>, { name, values }: Message, onStray: (stray: string) => void): void {
  const text = (key: string): string => String(values[key] ?? "");
  const uid = text("uid");
  const pod = pods.get(uid);
  if (name === "pod_resync") pods.clear();
  else if (name === "pod_new_with_name") {
    pods.set(uid, {
      uid,
      name: detail(text("pod_name")),
      namespace: detail(text("ns")),
      version: detail(text("version")),
      ownerUid: detail(text("owner_uid")),
      ownerName: detail(text("owner_name")),
      ownerKind: Number(values["owner_kind"]),
      ip: [0, 8, 16, 24].map((bits) => (Number(values["ip"]) >>> bits) & 255).join("."),
      // A pod that is told again keeps its containers.
      containers: pod?.containers ?? new Map(),
    });
  } else if (name === "pod_container") {
    if (pod === undefined) return onStray(`container of ${uid}`);
    const id = text("container_id").replace(/^.*?:\/\//, "");
    if (!pod.containers.has(id)) {
      pod.containers.set(id, { id, name: text("container_name"), image: text("container_image") });
    }
  } else if (name === "pod_delete" && !pods.delete(uid)) onStray(`delete of ${uid}`);
}

function detail(text: string): string {
  const bytes = new TextEncoder().encode(text);
  return bytes.length <= DETAIL_BYTES ? text : new TextDecoder().decode(bytes.subarray(0, DETAIL_BYTES));
}
