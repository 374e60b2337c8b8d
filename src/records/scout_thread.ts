/**
 * The program of a scout's thread: answers each task with what was found, in the order of the tasks. `_scout_source.ts` is made of it.
 *
 * @module
 */
import { createScout, type Found, type Place, type ScoutTask } from "./scout.ts";

/** What a thread is told: a task, or that the log is done with. */
export type ToScout = { readonly task: ScoutTask; readonly place: Place } | "done";
/** What a thread answers: once that it is there, and then to each task; null for nothing, since `undefined` does not get through. */
export type FromScout = "ready" | Found | null;

/** The part of a worker's scope that is used here. */
interface Scope {
  onmessage: (event: MessageEvent<ToScout>) => void;
  postMessage(message: FromScout): void;
}

const scope = globalThis as unknown as Scope;
const scout = createScout();

scope.onmessage = ({ data }): void => {
  if (data === "done") return scout[Symbol.dispose]();
  scope.postMessage(scout.look(data.task, data.place) ?? null);
};
scope.postMessage("ready");
