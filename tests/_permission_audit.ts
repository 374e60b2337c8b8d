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

/** What stands for what differs from run to run, and from machine to machine. */
const STAND_INS: readonly (readonly [RegExp, string])[] = [
  [/[0-9a-f]{64}/g, "ID"],
  [/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, "UID"],
  [/^127\.0\.0\.1:(?!9229$)\d+$/g, "127.0.0.1:PORT"],
  [/^(\/var\/run\/secrets\/kubernetes\.io\/serviceaccount)\/.*$/g, "$1/…"],
];

/** Each thing that was asked for, once, by permission; folders of the test stand as `places` say. */
export function trailOf(
  asked: readonly Asked[],
  places: Readonly<Record<string, string>>,
): Readonly<Record<string, readonly string[]>> {
  const trail: Record<string, Set<string>> = {};
  for (const { permission, value } of asked) {
    let text = value ?? "everything";
    for (const [folder, name] of Object.entries(places)) text = text.replace(folder, name);
    for (const [pattern, name] of STAND_INS) text = text.replaceAll(pattern, name);
    // The machine's resolver, which some machines do not ask for a name of their own.
    if (!(permission === "net" && text.endsWith(":53"))) (trail[permission] ??= new Set()).add(text);
  }
  return Object.fromEntries(Object.entries(trail).sort().map(([permission, texts]) => [permission, [...texts].sort()]));
}
