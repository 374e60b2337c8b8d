/**
 * What is told of a word that is neither a path nor names pods.
 *
 * @module
 */
import { isGlob } from "./glob.ts";
import { isSelected, type LogSelector } from "./log_selector.ts";
import type { NodeLog } from "./node_log.ts";

/** Among what the word was looked for. */
export interface SearchedLogs {
  /** The folder. */
  readonly folder: string;
  /** All logs in it. */
  readonly logs: readonly NodeLog[];
  /** Why there are none. */
  readonly listError?: Error | undefined;
}

/** Near names that are told. */
const MAX_NEAR = 3;
/** Names that differ by more letters are not near. */
const MAX_DISTANCE = 3;
/** Longer names are not compared letter by letter. */
const MAX_COMPARED = 80;

/** Returns what the word was looked for, and near names. */
export function notFoundText(
  { text, selector }: { readonly text: string; readonly selector: LogSelector },
  { folder, logs, listError }: SearchedLogs,
): string {
  const { namespace, pod } = selector;
  const where = namespace === "*" ? folder : `namespace ${namespace} of ${folder}`;
  if (text === "") {
    return `Cannot find a log: there is none ${ofContainers(selector)}in ${where}${existing(selector, logs)}`;
  }
  const noFile = `Cannot find ${text}: there is no such file`;
  if (listError !== undefined) return `${noFile}, and pods cannot be searched for it: ${listError.message}`;
  const none = `${noFile}, and no ${isGlob(pod) ? "pod matches" : "pod is named"} ${pod} in ${where}`;
  const hint = hintOf(selector, logs);
  return hint === undefined ? none : `${none}; ${hint}`;
}

function ofContainers({ containers }: LogSelector): string {
  return containers.includes("*") ? "" : `of a container ${containers.join(" or ")} `;
}

/** What there is in place of a namespace or a container. */
function existing({ namespace }: LogSelector, logs: readonly NodeLog[]): string {
  if (logs.length === 0) return "";
  const here = logs.filter((log) => isSelected(log, { namespace, pod: "*", containers: ["*"] }));
  return here.length === 0
    ? `; its namespaces are ${some(logs.map((log) => log.namespace))}`
    : `; its containers are ${some(here.map(({ container }) => container))}`;
}

function hintOf(selector: LogSelector, logs: readonly NodeLog[]): string | undefined {
  const { namespace, pod } = selector;
  // The pod is there: what else was asked for is not.
  const anywhere = logs.filter((log) => isSelected(log, { namespace: "*", pod, containers: ["*"] }));
  const here = anywhere.filter((log) => isSelected(log, { namespace, pod: "*", containers: ["*"] }));
  if (here.length > 0) {
    return `its containers are ${
      some(here.map(({ container, instance }) =>
        selector.instance === undefined ? container : `${container}@${instance.slice(0, 12)}`
      ))
    }`;
  }
  if (anywhere.length > 0) return `it is in ${some(anywhere.map((log) => `${log.namespace}/${log.pod}`))}`;
  if (logs.some(({ container }) => container === pod)) return `a container has that name: --container ${pod}`;
  const pods = [...new Set(logs.map((log) => `${log.namespace}/${log.pod}`))];
  const name = (one: string): string => one.slice(one.indexOf("/") + 1);
  const begun = pods.filter((one) => name(one).startsWith(pod));
  if (begun.length > 0) return `${pod}* would be ${some(begun)}`;
  const held = pods.filter((one) => name(one).includes(pod.replaceAll("*", "")));
  if (held.length > 0) return `near: ${some(held)}`;
  const near = nearPods(pod, pods.map((one) => ({ one, name: name(one) })));
  return near.length > 0 ? `near: ${some(near)}` : undefined;
}

function some(names: readonly string[]): string {
  // Names of folders may hold what a terminal would obey.
  const all = [...new Set(names)].map((name) => name.replace(/\p{Cc}/gu, "\ufffd"));
  const more = all.length - MAX_NEAR;
  return `${all.slice(0, MAX_NEAR).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}

/** Pods of which the beginning, as long as the word, differs by few letters: what follows is made by controllers. */
function nearPods(word: string, pods: readonly { readonly one: string; readonly name: string }[]): string[] {
  if (word.length < 3 || word.length > MAX_COMPARED) return [];
  return pods
    .map(({ one, name }) => ({ one, distance: distance(word, name.slice(0, word.length)) }))
    .filter((near) => near.distance <= Math.min(MAX_DISTANCE, Math.floor(word.length / 3)))
    .sort((a, b) => a.distance - b.distance)
    .map(({ one }) => one);
}

/** Returns how many letters have to be inserted, removed or replaced. */
function distance(from: string, to: string): number {
  let last = Array.from({ length: to.length + 1 }, (_, at) => at);
  for (let row = 1; row <= from.length; row++) {
    const current = [row];
    for (let column = 1; column <= to.length; column++) {
      const replaced = (last[column - 1] ?? 0) + (from[row - 1] === to[column - 1] ? 0 : 1);
      current.push(Math.min((last[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1, replaced));
    }
    last = current;
  }
  return last[to.length] ?? 0;
}
