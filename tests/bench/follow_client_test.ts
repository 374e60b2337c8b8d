import assert from "#assert";
import { services } from "../../src/rpc/descriptor.ts";
import { type RunningServer, runServer } from "../support/agent_server.ts";
import { anyLog, record, streaming } from "../support/test_services.ts";
import { runBundledClient } from "./_bundled_client.ts";
import type { BenchClient } from "./client_process.ts";
import type { LiveAnswer, LiveCall, LiveCommand } from "./follow_protocol.ts";

/**
 * A server whose stream sends what is appended to the file that the request's `grep` names, a record for each line; `-`
 * in front of it drops the first line. Of those who follow one file the first one gets a line first.
 */
function runFollowingServer(): Promise<RunningServer> {
  interface Follow {
    readonly path: string;
    sent: number;
    readonly send: (message: string) => Promise<void>;
  }
  const follows: Follow[] = [];
  let sending = Promise.resolve();
  const sendAll = async (path: string): Promise<void> => {
    const lines = (await Deno.readTextFile(path)).split("\n").slice(0, -1);
    for (const follow of follows.filter((one) => one.path === path)) {
      for (; follow.sent < lines.length; follow.sent++) {
        await follow.send(lines[follow.sent]?.split(" ").slice(3).join(" ") ?? "");
      }
    }
  };
  return runServer([streaming(async ({ request, send, sendHeaders, signal }) => {
    const isLossy = request.grep.startsWith("-");
    const path = isLossy ? request.grep.slice(1) : request.grep;
    using watcher = Deno.watchFs(path);
    signal.addEventListener("abort", () => watcher.close());
    sendHeaders();
    const follow = { path, sent: isLossy ? 1 : 0, send: (message: string) => send(record(message)) };
    follows.push(follow);
    for await (const _ of watcher) await (sending = sending.then(() => sendAll(path)));
    follows.splice(follows.indexOf(follow), 1);
  })]);
}

function runClient(
  server: RunningServer,
): Promise<BenchClient<LiveCommand, LiveAnswer> & { readonly folder: string }> {
  return runBundledClient(server, "follow_client.ts");
}

function follow(file: string): LiveCall {
  const { path, requestSerialize } = services.logRecords.StreamForward;
  return { path, message: requestSerialize({ ...anyLog, grep: file }).toString("base64") };
}

async function makeFiles(folder: string, names: readonly string[]): Promise<readonly string[]> {
  const files = names.map((name) => `${folder}/${name}`);
  for (const file of files) await Deno.writeTextFile(file, "");
  return files;
}

Deno.test("the client of live logs times each line of each target, by turns", async () => {
  await using server = await runFollowingServer();
  await using client = await runClient(server);
  const files = await makeFiles(client.folder, ["a", "b"]);
  const targets = files.map((file) => ({ port: server.port, file, ...follow(file) }));
  const { latenciesMs, failures } = await client.ask({ kind: "appends", lines: 60, targets });
  assert.deepEqual([latenciesMs.length, failures], [120, []]);
  assert(latenciesMs.every((ms) => ms > 0));
  const [a = "", b = ""] = await Promise.all(files.map((file) => Deno.readTextFile(file)));
  // One file's lines 50 to 59 come after the other's first 50.
  const at = (text: string, number: number): string => text.split("\n")[number]?.slice(0, 30) ?? "";
  assert(at(a, 49) <= at(b, 0) && at(b, 49) <= at(a, 50));
});

Deno.test("the client of live logs counts the lines of its streams, and tells which do not come in order", async () => {
  await using server = await runFollowingServer();
  await using client = await runClient(server);
  const files = await makeFiles(client.folder, ["a", "b"]);
  const [a = "", b = ""] = files;
  const open = { kind: "open", port: server.port } as const;
  assert.deepEqual((await client.ask({ ...open, calls: [follow(a), follow(`-${b}`)] })).failures, []);
  // A line after the other, so that the last one has been sent before the next command.
  const appends = {
    kind: "appends",
    lines: 3,
    targets: files.map((file) => ({ port: server.port, file, ...follow(file) })),
  } as const;
  await client.ask(appends);
  const { lines, failures } = await client.ask({ kind: "cancel" });
  assert.deepEqual([lines, failures], [[3, 2], ["line 1 came where 0 should be"]]);
});

Deno.test("the client of live logs tells a call that fails, and a server that is not there", async () => {
  await using server = await runFollowingServer();
  await using client = await runClient(server);
  const missing = await client.ask({ kind: "call", port: server.port, ...follow(`${client.folder}/none`) });
  assert.deepEqual(missing.failures, ["status 13: internal error"]);
  const { failures } = await client.ask({ kind: "call", port: 1, ...follow(`${client.folder}/none`) });
  assert.match(failures.join(), /ECONNREFUSED/);
});
