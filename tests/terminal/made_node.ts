/**
 * The logs of a made-up node, with all that makes a search of them hard: rotated files, gzipped ones, messages in
 * parts, Docker's JSON, two containers of a pod, a namespace beside the one in question.
 *
 * Promises the same bytes every time, but for the ids of containers. Every message has a number, `req=…`.
 *
 * @module
 */
import { gzipSync } from "node:zlib";
import { type ContainerLog, createLogTree } from "../fakes/log_tree.ts";

/** A message that was written. */
export interface Message {
  /** The namespace, the pod and the container, with slashes. */
  readonly of: string;
  /** What it says, whole. */
  readonly text: string;
  /** Milliseconds since 1970. */
  readonly ms: number;
  /** Where it was written to. */
  readonly stream: "stdout" | "stderr";
}

/** The node. */
export interface Node extends AsyncDisposable {
  /** The folder that stands for `/`. */
  readonly root: string;
  /** All messages, each log's in its order. */
  readonly messages: readonly Message[];
}

/** The time of the first message, in milliseconds since 1970. */
export const NODE_START = Date.parse("2026-11-29T16:00:00Z");
const MINUTE = 60_000;
const PART = 16_384;

const LOGS = [
  { namespace: "shop", pod: "checkout-7d9f8c6b5d-x2k4q", container: "api", kind: "cri" },
  { namespace: "shop", pod: "checkout-7d9f8c6b5d-x2k4q", container: "proxy", kind: "cri" },
  { namespace: "shop", pod: "web-0", container: "nginx", kind: "docker" },
  { namespace: "shop-test", pod: "checkout-5c4b-zzzzz", container: "api", kind: "cri" },
  { namespace: "billing", pod: "invoices-6c5b-m8n2p", container: "invoices", kind: "cri" },
] as const;

/** The text of a message; the numbers tell what each says. */
function textOf(container: string, at: number, req: number): string {
  if (container === "proxy") return `{"level":"info","status":${at % 19 === 0 ? 503 : 200},"msg":"req=${req} done"}`;
  if (container === "nginx") {
    return `10.0.0.${at % 5} "GET /cart?q=<a&b> HTTP/1.1" ${at % 23 === 0 ? 404 : 200} req=${req}`;
  }
  if (at % 37 === 5) return `ERROR payment declined req=${req} code="card_expired"`;
  if (at % 41 === 7) return `WARN slow call to stdout-sink req=${req} took=${800 + at}ms`;
  if (at === 60) return `INFO dump req=${req} ${"x".repeat(PART - 30)} token=tail-of-dump${"y".repeat(PART)} timeout`;
  if (at % 53 === 9) return `panic: index out of range req=${req}`;
  return `INFO order placed req=${req} took=${at % 40}ms`;
}

/** Makes the node. */
export async function createNode(): Promise<Node> {
  const root = await Deno.makeTempDir({ prefix: "node-" });
  const tree = await createLogTree(root, { now: () => BigInt(NODE_START) * 1_000_000n });
  const messages: Message[] = [];
  let req = 1000;
  for (const { namespace, pod, container, kind } of LOGS) {
    const name = { namespace, pod, container };
    const log = await (kind === "cri" ? tree.addCri(name) : tree.addDocker(name));
    for (let at = 0; at < 120; at++) {
      // The rotated files of the kubelet, and the one that Docker keeps.
      if (kind === "cri" && at === 40) await packed(log, "20261129-164000");
      if (at === 80) await (kind === "cri" ? renamed(log, "20261129-172000") : log.rotate());
      const text = textOf(container, at, ++req);
      const ms = NODE_START + at * MINUTE;
      const stream = /^(?:ERROR|panic)/.test(text) ? "stderr" : "stdout";
      messages.push({ of: `${namespace}/${pod}/${container}`, text, ms, stream });
      const parts = Array.from(
        { length: Math.ceil(text.length / PART) },
        (_, part) => text.slice(part * PART, (part + 1) * PART),
      );
      await log.append(parts.map((part, index) => ({
        text: part,
        time: BigInt(ms) * 1_000_000n + BigInt(index),
        stream,
        partial: index < parts.length - 1,
      })));
    }
  }
  await setTimes(tree.podsDir);
  await setTimes(tree.dockerDir);
  return { root, messages, [Symbol.asyncDispose]: () => Deno.remove(root, { recursive: true }) };
}

/** Gives all files below a folder the time of the last message. */
async function setTimes(folder: string): Promise<void> {
  for await (const { name, isDirectory, isFile } of Deno.readDir(folder)) {
    const path = `${folder}/${name}`;
    if (isDirectory) await setTimes(path);
    else if (isFile) await Deno.utime(path, new Date(NODE_START + 119 * MINUTE), new Date(NODE_START + 119 * MINUTE));
  }
}

/** Gives the file of a log another name, and begins a new one. */
async function renamed({ path }: ContainerLog, time: string): Promise<string> {
  const to = `${path}.${time}`;
  await Deno.rename(path, to);
  await Deno.writeFile(path, new Uint8Array());
  return to;
}

/** The same, with the old file gzipped. */
async function packed(log: ContainerLog, time: string): Promise<void> {
  const path = await renamed(log, time);
  await Deno.writeFile(`${path}.gz`, gzipSync(await Deno.readFile(path)));
  await Deno.remove(path);
}
