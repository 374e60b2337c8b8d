/**
 * Which user and groups the process has.
 *
 * @module
 */
import process from "node:process";

/** The user and groups of a process. */
export interface ProcessIds {
  /** The user. */
  readonly uid: number;
  /** The group, then the supplementary ones; each once. */
  readonly groups: readonly number[];
}

/** Returns the ids of this process; undefined where the permission to ask is not granted. */
export function processIds(): ProcessIds | undefined {
  for (const kind of ["uid", "gid"] as const) {
    if (Deno.permissions.querySync({ name: "sys", kind }).state !== "granted") return undefined;
  }
  const [uid, gid] = [Deno.uid(), Deno.gid()];
  if (uid === null || gid === null) return undefined;
  return { uid, groups: [...new Set([gid, ...process.getgroups?.() ?? []])] };
}

/** The user and groups, as `user 1000, groups 1000 and 0`; undefined where the permission to ask is not granted. */
export function processUser(): string | undefined {
  const ids = processIds();
  return ids === undefined ? undefined : userText(ids);
}

/** Returns ids as a line of the log shows them. */
export function userText({ uid, groups }: ProcessIds): string {
  return `user ${uid}, group${groups.length > 1 ? "s" : ""} ${groups.join(" and ")}`;
}
