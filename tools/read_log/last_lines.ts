/**
 * The last lines of one log, by the calls that a client makes.
 *
 * @module
 */
import type { AgentClient } from "../../tests/support/client.ts";

/** There is no such log, or no line in it. */
export class NoLogError extends Error {
  /** The class, as an error log shows it. */
  override readonly name = "NoLogError";
}

/** How long the agent may take. */
const CALL_MS = 30_000;

/** Which lines. */
export interface LinesWanted {
  readonly namespace: string;
  /** Undefined for the log that was written to last. */
  readonly pod: string | undefined;
  readonly lines: number;
}

/** Lists the logs of a namespace, and reads the last lines of one; throws an `AgentCallError` where that is refused. */
export async function lastLines(
  client: AgentClient,
  { namespace, pod, lines }: LinesWanted,
): Promise<{ readonly log: string; readonly node: string; readonly messages: readonly string[] }> {
  const signal = AbortSignal.timeout(CALL_MS);
  const logs = (await client.list([namespace], { signal }))
    .flatMap(({ id, spec, fileInfo }) => spec === null ? [] : [{ id, spec, written: fileInfo?.last_modified_at }])
    .filter(({ spec }) => pod === undefined || spec.pod_name === pod)
    .toSorted((a, b) => Number(b.written?.seconds ?? 0) - Number(a.written?.seconds ?? 0));
  const [last] = logs;
  if (last === undefined) throw new NoLogError(`Cannot find a log of ${pod ?? "any pod"} in namespace ${namespace}`);
  const { pod_name: podName, container_name: container, node_name: node } = last.spec;
  const log = { namespace, pod: podName, container, id: last.id };
  const messages: string[] = [];
  for await (const { message } of client.backward({ log }, { signal })) {
    messages.unshift(message);
    if (messages.length === lines) break;
  }
  if (messages.length === 0) throw new NoLogError(`Cannot find a line in the log of ${podName}`);
  return { log: `${namespace}/${podName}/${container}`, node, messages };
}
