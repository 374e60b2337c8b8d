/**
 * The loads under which the agent's memory is measured, and the most that it may hold under each.
 *
 * @module
 */
import { ABUSE } from "../support/abuse_patterns.ts";
import type { ClientIdentity } from "../bench/client_protocol.ts";
import {
  askAndNotRead,
  beginCall,
  type Call,
  connectMany,
  connectRaw,
  HALF_HELLO,
  inBatches,
  metadataCall,
  openSocket,
  recordsCall,
  sendHalf,
} from "./_memory_clients.ts";
import { type LogName, nameOf } from "../support/records_request.ts";
import type { MemoryLogs } from "./_memory_logs.ts";

/** Resolves when so much time has passed, or the signal is given. */
export type Held = (ms: number, options?: { readonly signal?: AbortSignal }) => Promise<void>;

/** What a load works with. */
export interface LoadScene {
  /** The agent's port. */
  readonly port: number;
  /** A caller whom it lets in. */
  readonly identity: ClientIdentity;
  /** Its logs. */
  readonly logs: MemoryLogs;
  /** What of the load is done: 1 for all of it, less for a short form. */
  readonly share: number;
  /** For what is only held open. */
  readonly held: Held;
}

/** How often each outcome came; `OK` where a call ended so. */
export type Outcomes = ReadonlyMap<string, number>;

/** A load. */
export interface Load {
  /** What is done. */
  readonly title: string;
  /** The most that the agent may hold, in MiB: a tenth more than was seen. */
  readonly most: number;
  /** Does it, and lets go of everything; resolves to how it went. */
  readonly run: (scene: LoadScene) => Promise<Outcomes>;
}

const MIB = 1024 * 1024;
const CONNECTIONS = 4;
/** What nobody waits for is held open for so long. */
const HOLD_MS = 8_000;
/** Calls that are not over by then are cancelled. */
const MOST_MS = 60_000;
/** What a small container may hold. */
export const CONTAINER = 128;

/** Makes calls at once, over some connections. Answers to calls of the same key must have the same length. */
async function together(
  { port, identity, held }: LoadScene,
  calls: readonly Call[],
  { connections = CONNECTIONS, mostMs = MOST_MS } = {},
): Promise<Outcomes> {
  using opened = await connectMany(port, identity, connections);
  const begun = calls.map((call, i) => {
    const connection = opened[i % connections];
    if (connection === undefined) throw new RangeError("Cannot call without a connection");
    return beginCall(connection, identity, call);
  });
  const all = Promise.all(begun.map(({ ended }) => ended));
  await within(all, held, mostMs);
  for (const call of begun) call.cancel();
  const outcomes = new Map<string, number>();
  const lengths = new Map<string, Set<number>>();
  for (const [i, outcome] of (await all).entries()) {
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    const key = calls[i]?.body.toString("base64") ?? "";
    if (outcome === "OK") lengths.set(key, (lengths.get(key) ?? new Set()).add(begun[i]?.bytes() ?? 0));
  }
  for (const seen of lengths.values()) {
    if (seen.size > 1) outcomes.set(`different answers to one request: ${[...seen]}`, seen.size);
  }
  return outcomes;
}

/** Waits for something, but not longer than so. */
async function within(what: Promise<unknown>, held: Held, ms: number): Promise<void> {
  const over = new AbortController();
  await Promise.race([what, held(ms, over)]);
  over.abort();
}

const times = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: Math.max(1, Math.round(count)) }, (_, i) => make(i));

/** Clients that ask for a log and read nothing. */
async function unread(scene: LoadScene, calls: readonly Call[], windowBytes?: number): Promise<Outcomes> {
  const { identity, held } = scene;
  using stack = new DisposableStack();
  const outcomes = await inBatches(calls.length, async (i) => {
    const call = calls[i];
    if (call === undefined) throw new RangeError("Cannot call what is not there");
    try {
      const raw = await connectRaw(stack, scene);
      await askAndNotRead(raw, { identity, call, ...(windowBytes === undefined ? {} : { windowBytes }) });
      return "open";
    } catch (error) {
      return error instanceof Error && "code" in error ? String(error.code) : String(error);
    }
  });
  await held(HOLD_MS);
  return outcomes;
}

/** All loads, by name. */
export const loads: Readonly<Record<string, Load>> = {
  idle: {
    title: "nothing",
    most: CONTAINER,
    run: () => Promise.resolve(new Map()),
  },
  greps: {
    title: "1,000 greps at once of a log of 10 MB",
    most: 150,
    run: async (scene) => {
      const name = nameOf(await scene.logs.plain(10e6));
      return await together(scene, times(1000 * scene.share, () => recordsCall(name, { grep: "flux-capacitor" })));
    },
  },
  "long-greps": {
    title: "8 greps at once of a log of 1 GiB, four of them backward",
    most: CONTAINER,
    run: async (scene) => {
      const name = nameOf(await scene.logs.plain(1024 * MIB * scene.share));
      const greps = ["flux-capacitor", String.raw`\bOOMKilled\b`, "(?i)segfault at", "nothing like this was said"];
      const calls = greps.flatMap((grep) => [false, true].map((isBackward) => recordsCall(name, { grep, isBackward })));
      return await together(scene, calls);
    },
  },
  streams: {
    title: "100 whole streams at once of a log of 10 MB",
    most: 145,
    run: async (scene) => {
      const name = nameOf(await scene.logs.plain(10e6));
      return await together(scene, times(100 * scene.share, (i) => recordsCall(name, { isBackward: i % 2 === 1 })));
    },
  },
  "packed-greps": {
    title: "1,000 greps at once of 20 logs of 200 KB with five `.gz` of 200 KB each",
    most: 155,
    run: async (scene) => {
      const names: LogName[] = [];
      for (let i = 0; i < 20; i++) names.push(nameOf(await scene.logs.packed({ files: 5, bytes: 2e5 })));
      const calls = times(1000 * scene.share, (i) => {
        const name = names[i % names.length];
        if (name === undefined) throw new RangeError("Cannot search no log");
        return recordsCall(name, { grep: "flux-capacitor", isBackward: i % 40 >= 20 });
      });
      return await together(scene, calls);
    },
  },
  "packed-streams": {
    title: "100 whole streams at once of a log of 2 MB with five `.gz` of 2 MB",
    most: 150,
    run: async (scene) => {
      const name = nameOf(await scene.logs.packed({ files: 5, bytes: 2e6 }));
      return await together(scene, times(100 * scene.share, (i) => recordsCall(name, { isBackward: i % 2 === 1 })));
    },
  },
  follows: {
    title: "1,000 follows of 500 logs and 20 watches; a line to each log, ten times",
    most: 165,
    run: async (scene) => {
      const { port, identity, share, held } = scene;
      const logs = await scene.logs.short(500 * share);
      using connections = await connectMany(port, identity, 1);
      const [connection] = connections;
      if (connection === undefined) throw new RangeError("Cannot call without a connection");
      const calls = [
        ...times(20 * share, () => metadataCall("Watch")),
        ...[...logs, ...logs].map((log) => recordsCall(nameOf(log), { isFollowed: true })),
      ];
      const open = calls.map((call) => beginCall(connection, identity, call));
      await within(Promise.all(open.map(({ begun }) => begun)), held, MOST_MS);
      for (let round = 0; round < 10; round++) await Promise.all(logs.map((log) => log.append([`round ${round}`])));
      await held(HOLD_MS);
      for (const call of open) call.cancel();
      const outcomes = new Map<string, number>();
      for (const outcome of await Promise.all(open.map(({ ended }) => ended))) {
        outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      }
      return outcomes;
    },
  },
  unread: {
    title: "300 clients that read nothing of a log of 100 MiB",
    most: 150,
    run: async (scene) => {
      const call = recordsCall(nameOf(await scene.logs.plain(100 * MIB)));
      return await unread(scene, times(300 * scene.share, () => call));
    },
  },
  "unread-window": {
    title: "300 clients that read nothing of a log of 100 MiB, with a window of 4 MiB",
    most: 170,
    run: async (scene) => {
      const call = recordsCall(nameOf(await scene.logs.plain(100 * MIB)));
      return await unread(scene, times(300 * scene.share, () => call), 4 * MIB);
    },
  },
  "unread-packed": {
    title: "100 clients that read nothing of a log with five `.gz` of 5 MB",
    most: CONTAINER,
    run: async (scene) => {
      const name = nameOf(await scene.logs.packed({ files: 5, bytes: 5e6 }));
      return await unread(scene, times(100 * scene.share, (i) => recordsCall(name, { isBackward: i % 2 === 1 })));
    },
  },
  patterns: {
    title: "100 streams with 100 abusive patterns, for 15 s",
    most: 185,
    run: async (scene) => {
      const name = nameOf(await scene.logs.hard(4e6));
      const calls = times(100 * scene.share, (i) => {
        const grep = `${ABUSE[i % ABUSE.length]}${"z?".repeat(i / ABUSE.length)}`;
        return recordsCall(name, { grep, isBackward: i % 2 === 1 });
      });
      return await together(scene, calls, { mostMs: 15_000 });
    },
  },
  connections: {
    title: "2,000 TLS connections that say nothing",
    most: CONTAINER,
    run: async ({ port, identity, share, held }) => {
      using stack = new DisposableStack();
      const outcomes = await inBatches(2_000 * share, () => openSocket(stack, { port, identity }));
      await held(HOLD_MS);
      return outcomes;
    },
  },
  handshakes: {
    title: "500 handshakes that are begun and not ended",
    most: CONTAINER,
    run: async ({ port, share, held }) => {
      using stack = new DisposableStack();
      const outcomes = await inBatches(500 * share, () => openSocket(stack, { port, send: HALF_HELLO }));
      await held(HOLD_MS);
      return outcomes;
    },
  },
  requests: {
    title: "1,000 requests of which only a part is sent",
    most: CONTAINER,
    run: async (scene) => {
      const { share, held, identity } = scene;
      const [log] = await scene.logs.short(1);
      if (log === undefined) throw new RangeError("Cannot ask for no log");
      const call = recordsCall(nameOf(log));
      using stack = new DisposableStack();
      const outcomes = await inBatches(10, async () => {
        const raw = await connectRaw(stack, scene);
        await sendHalf(raw, { identity, call, count: Math.round(100 * share) });
        return "open";
      }, { atOnce: 1 });
      await held(HOLD_MS);
      return outcomes;
    },
  },
  list: {
    title: "20 lists of 10,000 logs at once",
    most: 135,
    run: async (scene) => {
      await scene.logs.short(10_000 * scene.share);
      return await together(scene, times(20, () => metadataCall("List")));
    },
  },
  identities: {
    title: "2,000 greps at once by 2,000 callers who were not seen before",
    most: 180,
    run: async (scene) => {
      const name = nameOf(await scene.logs.plain(1e6));
      const call = recordsCall(name, { grep: "flux-capacitor" });
      return await together(
        scene,
        times(2_000 * scene.share, (i) => ({ ...call, metadata: { "x-remote-user": `user-${i}` } })),
      );
    },
  },
  reconnects: {
    title: "2,000 connections, one grep each, 50 at a time",
    most: CONTAINER,
    run: async (scene) => {
      const { port, identity } = scene;
      const call = recordsCall(nameOf(await scene.logs.plain(1e6)), { grep: "flux-capacitor" });
      return await inBatches(2_000 * scene.share, async () => {
        try {
          using connections = await connectMany(port, identity, 1);
          const [connection] = connections;
          return connection === undefined ? "refused" : await beginCall(connection, identity, call).ended;
        } catch {
          return "refused";
        }
      });
    },
  },
  "long-lines": {
    title: "50 streams at once of 3 lines of 16 MiB, 25 of them backward",
    most: 190,
    run: async (scene) => {
      const name = nameOf(await scene.logs.long({ lines: 3, bytes: 16 * MIB }));
      return await together(scene, times(50 * scene.share, (i) => recordsCall(name, { isBackward: i % 2 === 1 })));
    },
  },
};
