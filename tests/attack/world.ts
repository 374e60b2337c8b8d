/**
 * The agent under attack: bundled, with the image's flags and permissions, and the logs that it serves.
 *
 * @module
 */
import { services } from "../../src/rpc/descriptor.ts";
import { issue, type Leaf, makeAuthority } from "../fakes/certificates.ts";
import type { ContainerLog } from "../fakes/log_tree.ts";
import { imageCommand, MALLOC } from "../support/agent_bundle.ts";
import { grpcMessage } from "../support/raw_http2.ts";
import { recordsRequest, type RecordsRequestOptions } from "../support/records_request.ts";
import { runAgent, type RunningAgent } from "../support/running_agent.ts";
import { type Bystander, startBystander } from "./bystander.ts";

const MIB = 1024 * 1024;
/** Lines of the log that attacks read; each is 200 bytes, so that the log is of 10 MB. */
const LOG_LINES = 50_000;
/** One line in so many is found by the ordinary caller's grep. */
const FOUND_EVERY = 10_000;

/** The agent, and what is needed to attack it. */
export interface AttackWorld extends AsyncDisposable {
  /** The agent. */
  readonly rig: RunningAgent;
  /** A log of {@linkcode LOG_LINES} lines. */
  readonly log: ContainerLog;
  /** A long log. */
  readonly longLog: ContainerLog;
  /** A certificate of an authority that the agent does not know. */
  readonly strangerLeaf: Leaf;
  /** The ordinary caller beside. */
  readonly bystander: Bystander;
}

/** A request for records, with its head. */
export function recordsBody(log: ContainerLog, options: RecordsRequestOptions = {}): Uint8Array {
  return grpcMessage(services.logRecords.StreamForward.requestSerialize(recordsRequest(log, options)));
}

/** So many lines of 200 bytes; one in {@linkcode FOUND_EVERY} says `needle`. */
function logBytes(lines: number): Uint8Array {
  const parts: string[] = [];
  for (let number = 0; number < lines; number += 1) {
    const time = new Date(Date.UTC(2026, 0, 1) + number).toISOString();
    const text = `${time} stdout F seq=${number}; ${number % FOUND_EVERY === 7 ? "needle" : "straw"} level=info `;
    parts.push(`${text.padEnd(199, "x")}\n`);
  }
  return new TextEncoder().encode(parts.join(""));
}

/** Starts the agent of that bundle. */
export async function startWorld(bundle: string, { quick }: { readonly quick: boolean }): Promise<AttackWorld> {
  await using stack = new AsyncDisposableStack();
  const rig = stack.use(await runAgent({ command: (dir) => imageCommand(bundle, [dir]), env: MALLOC }));
  const add = (pod: string): Promise<ContainerLog> => rig.tree.addCri({ namespace: "ns", pod, container: "c" });
  const [log, longLog, own] = [await add("log"), await add("long"), await add("own")];
  const bytes = logBytes(LOG_LINES);
  await log.append(bytes);
  const pieces = Math.ceil((quick ? 8 : 100) * MIB / bytes.length);
  for (let piece = 0; piece < pieces; piece += 1) await longLog.append(bytes);
  const stranger = await makeAuthority("Another authority");
  const strangerLeaf = await issue(stranger, { commonName: "test-proxy", usages: ["client"] });
  const bystander = stack.use(
    await startBystander({
      port: rig.agent.port,
      identity: {
        ca: rig.authority.certPem,
        cert: rig.leaf.certPem,
        key: rig.leaf.keyPem,
        metadata: { "x-remote-user": "ordinary" },
      },
      healthPath: services.health.Check.path,
      forwardPath: services.logRecords.StreamForward.path,
      grepRequest: recordsBody(log, { grep: "needle" }),
      grepRecords: LOG_LINES / FOUND_EVERY,
      followRequest: recordsBody(own, { followFrom: "DEFAULT" }),
      followPath: own.path,
    }),
  );
  const made = stack.move();
  return {
    rig,
    log,
    longLog,
    strangerLeaf,
    bystander,
    [Symbol.asyncDispose]: () => made.disposeAsync(),
  };
}
