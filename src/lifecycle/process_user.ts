/**
 * Which user and groups the process has.
 *
 * @module
 */
import process from "node:process";

/** The user and groups, as `user 1000, groups 1000 and 0`; undefined where the permission to ask is not granted. */
export function processUser(): string | undefined {
  for (const kind of ["uid", "gid"] as const) {
    if (Deno.permissions.querySync({ name: "sys", kind }).state !== "granted") return undefined;
  }
  const groups = new Set([Deno.gid(), ...process.getgroups?.() ?? []]);
  return `user ${Deno.uid()}, group${groups.size > 1 ? "s" : ""} ${[...groups].join(" and ")}`;
}
