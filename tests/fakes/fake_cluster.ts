/**
 * A stand-in for the API server that lists and watches pods, ReplicaSets and Jobs, kept in memory.
 *
 * HTTP on a free port of 127.0.0.1, or HTTPS where a certificate is given. It pages lists, numbers every change,
 * remembers changes so that watches can go on, and can be told to forget them – then a watch from before gets the
 * answer 410, or an event that says so –, to break all connections, to stop and to start again. Asks nobody who they
 * are.
 *
 * @module
 */
import http from "node:http";
import https from "node:https";
import type { Socket } from "node:net";
import { listenLasting } from "../support/lasting_port.ts";

/** The kinds of objects that it has. */
export type FakeKind = "pods" | "replicasets" | "jobs";

/** An object, as the API shows it. */
export interface FakeObject {
  /** Its metadata, of which only the uid counts here. */
  readonly metadata: { readonly uid: string; readonly [key: string]: unknown };
  readonly [key: string]: unknown;
}

/** What may be answered in place of the truth. */
export type Fault =
  | { readonly status: number; readonly body: string; readonly headers?: Readonly<Record<string, string>> }
  | "hang"
  | "cut";

/** How a stand-in is started. */
export interface FakeClusterOptions {
  /** Certificate and key, PEM; without them it speaks plain HTTP. */
  readonly tls?: { readonly certPem: string; readonly keyPem: string };
  /** Is shown each request's path, and may choose another answer. */
  readonly fault?: (path: string) => Fault | undefined;
  /** How a watch from a forgotten version is told. @default {"event"} */
  readonly expireAs?: "event" | "status";
}

/** A stand-in that runs. */
export interface FakeCluster extends AsyncDisposable {
  /** Its address. */
  readonly url: string;
  /** The paths that were asked for, with their queries, in order. */
  readonly requests: readonly string[];
  /** Watches that are open. */
  readonly watches: number;
  /** The present objects of a kind. */
  objects(kind: FakeKind): readonly FakeObject[];
  /** Makes an object, or changes it. */
  put(kind: FakeKind, object: FakeObject): void;
  /** Deletes an object; nothing happens when there is none. */
  remove(kind: FakeKind, uid: string): void;
  /** Tells all watches the present version. */
  bookmark(): void;
  /** Writes a line to all watches. */
  say(line: string): void;
  /** Forgets all changes so far, and lists that were not read to the end. */
  forget(): void;
  /** Ends all watches in order. */
  endWatches(): void;
  /** Breaks all connections. */
  disconnect(): void;
  /** Stops, with all connections. */
  stop(): Promise<void>;
  /** Starts again on the same port with the same objects. */
  start(): Promise<void>;
}

const PATHS: Readonly<Record<string, FakeKind>> = {
  "/api/v1/pods": "pods",
  "/apis/apps/v1/replicasets": "replicasets",
  "/apis/batch/v1/jobs": "jobs",
};

interface Change {
  readonly version: number;
  readonly kind: FakeKind;
  readonly line: string;
}

/** Starts a stand-in with no objects. */
export async function startFakeCluster(options: FakeClusterOptions = {}): Promise<FakeCluster> {
  const { tls, fault, expireAs = "event" } = options;
  const objects: Readonly<Record<FakeKind, Map<string, FakeObject>>> = {
    pods: new Map(),
    replicasets: new Map(),
    jobs: new Map(),
  };
  const requests: string[] = [];
  const watches = new Map<http.ServerResponse, FakeKind>();
  const sockets = new Set<Socket>();
  let pages = new Map<string, { readonly version: number; readonly rest: readonly FakeObject[] }>();
  let changes: Change[] = [];
  let version = 1_000;
  let oldest = version;
  let port: number | undefined;
  let server: http.Server | undefined;

  function record(kind: FakeKind, type: string, object: FakeObject): void {
    const line = `${JSON.stringify({ type, object })}\n`;
    changes.push({ version, kind, line });
    for (const [response, watched] of watches) if (watched === kind) response.write(line);
  }

  function versioned(object: FakeObject): FakeObject {
    return { ...object, metadata: { ...object.metadata, resourceVersion: String(++version) } };
  }

  function list(kind: FakeKind, query: URLSearchParams): { status: number; body: unknown } {
    const limit = Number(query.get("limit") ?? Infinity);
    const token = query.get("continue");
    const page = token === null ? { version, rest: [...objects[kind].values()] } : pages.get(token);
    if (page === undefined) return { status: 410, body: gone() };
    const metadata: Record<string, string> = { resourceVersion: String(page.version) };
    if (page.rest.length > limit) {
      metadata["continue"] = crypto.randomUUID();
      pages.set(metadata["continue"], { version: page.version, rest: page.rest.slice(limit) });
    }
    return { status: 200, body: { kind: "List", metadata, items: page.rest.slice(0, limit) } };
  }

  function watch(kind: FakeKind, query: URLSearchParams, response: http.ServerResponse): void {
    const from = Number(query.get("resourceVersion"));
    const expired = from < oldest;
    if (expired && expireAs === "status") return end(response, 410, gone());
    response.writeHead(200, { "content-type": "application/json" });
    response.flushHeaders();
    if (expired) return void response.end(`${JSON.stringify({ type: "ERROR", object: gone() })}\n`);
    for (const change of changes) if (change.kind === kind && change.version > from) response.write(change.line);
    watches.set(response, kind);
    response.on("close", () => watches.delete(response));
  }

  function answer(request: http.IncomingMessage, response: http.ServerResponse): void {
    const path = request.url ?? "";
    requests.push(path);
    const faulty = fault?.(path);
    if (faulty === "hang") return;
    if (faulty === "cut") return void request.socket.destroy();
    if (faulty !== undefined) return void response.writeHead(faulty.status, faulty.headers).end(faulty.body);
    const { pathname, searchParams } = new URL(path, "http://127.0.0.1");
    const kind = PATHS[pathname];
    if (kind === undefined) return end(response, 404, { message: `no ${pathname} here` });
    if (searchParams.get("watch") === "true") return watch(kind, searchParams, response);
    const { status, body } = list(kind, searchParams);
    end(response, status, body);
  }

  async function start(): Promise<void> {
    const started = tls === undefined
      ? http.createServer(answer)
      : https.createServer({ cert: tls.certPem, key: tls.keyPem }, answer);
    started.on("connection", (socket: Socket) => {
      sockets.add(socket);
      socket.on("close", () => sockets.delete(socket));
    });
    port = await listenLasting(started, port);
    server = started;
  }

  async function stop(): Promise<void> {
    const stopped = server;
    server = undefined;
    if (stopped === undefined) return;
    const closed = new Promise<void>((resolve) => stopped.close(() => resolve()));
    stopped.closeAllConnections();
    await closed;
  }

  await start();
  return {
    get url(): string {
      return `${tls === undefined ? "http" : "https"}://127.0.0.1:${port}`;
    },
    requests,
    get watches(): number {
      return watches.size;
    },
    objects: (kind) => [...objects[kind].values()],
    put: (kind, object) => {
      const { uid } = object.metadata;
      const isNew = !objects[kind].has(uid);
      const kept = versioned(object);
      objects[kind].set(uid, kept);
      record(kind, isNew ? "ADDED" : "MODIFIED", kept);
    },
    remove: (kind, uid) => {
      const object = objects[kind].get(uid);
      if (object === undefined) return;
      objects[kind].delete(uid);
      record(kind, "DELETED", versioned(object));
    },
    bookmark: () => {
      const metadata = { resourceVersion: String(version) };
      for (const response of watches.keys()) {
        response.write(`${JSON.stringify({ type: "BOOKMARK", object: { metadata } })}\n`);
      }
    },
    say: (line) => {
      for (const response of watches.keys()) response.write(`${line}\n`);
    },
    forget: () => {
      changes = [];
      pages = new Map();
      oldest = version;
    },
    endWatches: () => {
      for (const response of watches.keys()) response.end();
    },
    disconnect: () => {
      for (const socket of sockets) socket.destroy();
    },
    stop,
    start,
    [Symbol.asyncDispose]: stop,
  };
}

function gone(): unknown {
  return { kind: "Status", status: "Failure", code: 410, reason: "Expired", message: "too old resource version" };
}

function end(response: http.ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}
