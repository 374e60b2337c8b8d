/**
 * The bundle as `deno task bundle` writes it, in a folder of its own, and how the shipped programs are run from it.
 *
 * Owns what a test needs to start a program as it is deployed. Knows nothing of what the programs do.
 *
 * @module
 */

import { type BundleOptions, bundleTo } from "../../tools/compile/bundle.ts";
import { type PermissionSet, permissionSet } from "../../tools/compile/permissions.ts";
import { PROGRAMS } from "../../tools/compile/programs.ts";

/** What `docs/by_hand.md` recommends for V8 beside permissions, and the image sets. */
export const V8_FLAGS: string = PROGRAMS.agent.v8Flags.join();

/** The environment that goes with them: how the C library keeps memory. */
export const MALLOC: Readonly<Record<string, string>> = PROGRAMS.agent.env;

/** A bundle in a folder of its own. */
export interface AgentBundle extends AsyncDisposable {
  /** The folder. */
  readonly folder: string;
  /** The agent. */
  readonly file: string;
  /** The collector. */
  readonly collector: string;
  /** Both. */
  readonly main: string;
}

/** Writes the bundle by the task's own command, but to another place, so that tests do not meet in one folder. */
export async function bundleAgent(options?: BundleOptions): Promise<AgentBundle> {
  const folder = await Deno.makeTempDir({ prefix: "agent-bundle-" });
  await bundleTo(folder, options);
  return {
    folder,
    file: `${folder}/${PROGRAMS.agent.entry}`,
    collector: `${folder}/${PROGRAMS.collector.entry}`,
    main: `${folder}/main.js`,
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}

/** What the agent may do. */
export const declared: PermissionSet = permissionSet("agent");

/**
 * The other flags of `deno run` and `deno compile`. A cache of compiled code makes each start a few hundredths of a
 * second shorter, and takes some 5 MB for as long as the agent runs.
 */
export function engineFlags(v8Flags: string = V8_FLAGS): readonly string[] {
  return ["--no-code-cache", ...(v8Flags === "" ? [] : [`--v8-flags=${v8Flags}`])];
}

/** Permissions as flags of `deno run` and `deno compile`; the network is not limited: any address can be configured. */
export function permissionFlags({ read, sys, env, ignoredEnv }: PermissionSet): readonly string[] {
  return [
    "--no-prompt",
    `--allow-read=${read.join(",")}`,
    "--allow-net",
    ...(sys.length === 0 ? [] : [`--allow-sys=${sys.join(",")}`]),
    `--allow-env=${env.join(",")}`,
    `--ignore-env=${ignoredEnv.join(",")}`,
  ];
}

/** How the image starts a bundle: with its flags, and with its permissions and `folders` to read beside. */
export function imageCommand(
  file: string,
  folders: readonly string[],
  flags: readonly string[] = engineFlags(),
): readonly string[] {
  const permissions = permissionFlags({ ...declared, read: [...declared.read, ...folders] });
  return [Deno.execPath(), "run", ...flags, ...permissions, file];
}

/** How the image starts the collector of a bundle, with `folders` to read beside. */
export function collectorCommand(file: string, folders: readonly string[]): readonly string[] {
  const set = permissionSet("collector");
  const permissions = permissionFlags({ ...set, read: [...set.read, ...folders] });
  return [Deno.execPath(), "run", ...engineFlags(PROGRAMS.collector.v8Flags.join()), ...permissions, file];
}

/** The program of a bundle that is named by its folder or by its `main.js`. */
export function mainOf(bundle: string): string {
  return bundle.endsWith(".js") ? bundle : `${bundle}/main.js`;
}
