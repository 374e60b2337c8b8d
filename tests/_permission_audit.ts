/**
 * What a process has asked the runtime for, by the runtime's own audit file, compared with a declared set.
 *
 * @module
 */

import type { PermissionSet } from "../tools/compile/permissions.ts";

/** One thing that a process asked for, whether it was given or not; null stands for all of a kind. */
export interface Asked {
  readonly permission: string;
  readonly value: string | null;
}

/** Reads a file that `DENO_AUDIT_PERMISSIONS` has named. */
export async function readAudit(file: string): Promise<readonly Asked[]> {
  const lines = (await Deno.readTextFile(file)).trim().split("\n");
  return lines.map((line) => {
    const { permission, value } = JSON.parse(line);
    return { permission, value: value ?? null };
  });
}

/** Whether the set covers it. */
export function isWithin({ permission, value }: Asked, set: PermissionSet): boolean {
  if (permission === "net") return true;
  if (value === null) return false;
  if (permission === "read") return set.read.some((folder) => value === folder || value.startsWith(`${folder}/`));
  if (permission === "sys") return set.sys.includes(value);
  if (permission === "env") return [...set.env, ...set.ignoredEnv].some((pattern) => isNamedBy(value, pattern));
  return false;
}

function isNamedBy(name: string, pattern: string): boolean {
  return pattern.endsWith("*") ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
}

/** The entries of the set that nothing in `asked` has needed. */
export function unusedIn(
  { read, sys, env, ignoredEnv }: PermissionSet,
  asked: readonly Asked[],
): readonly string[] {
  const isNeeded = (permission: string, entry: Partial<PermissionSet>): boolean =>
    asked.some((it) =>
      it.permission === permission && isWithin(it, { read: [], sys: [], env: [], ignoredEnv: [], ...entry })
    );
  return [
    ...read.filter((path) => !isNeeded("read", { read: [path] })).map((path) => `read ${path}`),
    ...sys.filter((what) => !isNeeded("sys", { sys: [what] })).map((what) => `sys ${what}`),
    ...[...env, ...ignoredEnv].filter((name) => !isNeeded("env", { env: [name] })).map((name) => `env ${name}`),
    ...(isNeeded("net", {}) ? [] : ["net"]),
  ];
}
