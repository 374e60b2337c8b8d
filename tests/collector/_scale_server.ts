/**
 * An API server of a large cluster, as a process of its own: HTTPS, lists in pages, watches that tell of so many
 * changes a second. Prints its port. Nothing is kept: objects are made from their numbers when they are asked for.
 *
 *     deno run -A _scale_server.ts CERT KEY PODS EVENTS_PER_SECOND
 *
 * Changes begin with the first byte on standard input; with the second, the versions before it are forgotten.
 *
 * @module
 */
import https from "node:https";
import type { ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { podJson, PODS_PER_SET, setJson } from "./_scale_objects.ts";

const [certFile = "", keyFile = "", podsText = "", rateText = ""] = Deno.args;
const pods = Number(podsText);
const perSecond = Number(rateText);
const kinds: Readonly<Record<string, { count: number; json: (number: number, version: number) => string }>> = {
  "/api/v1/pods": { count: pods, json: podJson },
  "/apis/apps/v1/replicasets": { count: Math.ceil(pods / PODS_PER_SET), json: setJson },
  "/apis/batch/v1/jobs": { count: 0, json: setJson },
};
let version = 1_000_000;
let podWatch: ServerResponse | undefined;

const server = https.createServer({
  cert: await Deno.readTextFile(certFile),
  key: await Deno.readTextFile(keyFile),
}, (request, response) => {
  const { pathname, searchParams } = new URL(request.url ?? "", "https://x");
  const kind = kinds[pathname];
  if (kind === undefined) return void response.writeHead(404).end("{}");
  response.writeHead(200, { "content-type": "application/json" });
  if (searchParams.get("watch") === "true") {
    response.flushHeaders();
    if (pathname === "/api/v1/pods") podWatch = response;
    return;
  }
  const from = Number(searchParams.get("continue") ?? 0);
  const to = Math.min(kind.count, from + Number(searchParams.get("limit")));
  const items = Array.from({ length: to - from }, (_, index) => kind.json(from + index, version));
  const metadata = { resourceVersion: String(version), ...(to < kind.count ? { continue: String(to) } : {}) };
  response.end(`{"kind":"List","apiVersion":"v1","metadata":${JSON.stringify(metadata)},"items":[${items.join(",")}]}`);
});
server.listen(0, "127.0.0.1", () => {
  Deno.stdout.writeSync(new TextEncoder().encode(`${(server.address() as AddressInfo).port}\n`));
});

await Deno.stdin.read(new Uint8Array(1));
let number = 0;
const batch = 20;
setInterval(() => {
  let lines = "";
  for (let index = 0; index < batch; index++) {
    number = (number + 7_919) % pods;
    lines += `{"type":"MODIFIED","object":${podJson(number, ++version)}}\n`;
  }
  podWatch?.write(lines);
}, 1_000 * batch / perSecond);

await Deno.stdin.read(new Uint8Array(1));
podWatch?.end(`${JSON.stringify({ type: "ERROR", object: { code: 410, message: "too old resource version" } })}\n`);
