/**
 * The permission sets of deno.json, and how a builder adds to one.
 *
 * @module
 */
import config from "../../deno.json" with { type: "json" };
import type { ProgramName } from "./programs.ts";

/** What a program may do. The network is not limited: any address can be configured. */
export interface PermissionSet {
  /** Folders, links in them included. */
  readonly read: readonly string[];
  /** What it may learn of the system. */
  readonly sys: readonly string[];
  /** Names that it gets the value of; a `*` at the end stands for any rest. */
  readonly env: readonly string[];
  /** Names that libraries ask for, and that are absent for them whatever the environment says. */
  readonly ignoredEnv: readonly string[];
}

/** What deno.json declares for a program. */
export function permissionSet(program: ProgramName): PermissionSet {
  const { read, env, ...rest } = config.permissions[program];
  return { read, sys: "sys" in rest ? rest.sys : [], env: env.allow, ignoredEnv: env.ignore };
}

/**
 * The flags that stand for a declared set and what a builder adds. A flag takes the place of the set's list for its
 * kind, so it names the declared entries again.
 */
export function setFlags(
  program: ProgramName,
  { read = [], env = [] }: { readonly read?: readonly string[]; readonly env?: readonly string[] } = {},
): readonly string[] {
  const declared = permissionSet(program);
  return [
    `--permission-set=${program}`,
    "--no-prompt",
    ...(read.length === 0 ? [] : [`--allow-read=${[...declared.read, ...read].join(",")}`]),
    ...(env.length === 0 ? [] : [`--allow-env=${[...declared.env, ...env].join(",")}`]),
  ];
}
