/**
 * The bundle as `deno task bundle` writes it, in a folder of its own, and the permissions that the agent declares.
 *
 * Owns what a test needs to start the agent as it is deployed. Knows nothing of what the agent does.
 *
 * @module
 */

import { project, projectFolder } from "./project.ts";

/** What `docs/operating.md` recommends for V8 beside permissions, and the image sets. */
export const V8_FLAGS = "--max-semi-space-size=1,--heap-growing-percent=20,--max-old-space-size=192,--expose-gc";

/** The environment that goes with them: how the C library keeps memory. */
export const MALLOC: Readonly<Record<string, string>> = {
  MALLOC_ARENA_MAX: "1",
  MALLOC_TRIM_THRESHOLD_: "131072",
};

/** A bundle in a folder of its own. */
export interface AgentBundle extends AsyncDisposable {
  /** The folder. */
  readonly folder: string;
  /** The file in it that is run. */
  readonly file: string;
}

/** How to bundle. */
export interface BundleOptions {
  /** Whether to make it small, as the task does. @default {true} */
  readonly minify?: boolean;
  /** Whether to write a source map beside each file. @default {false} */
  readonly sourceMaps?: boolean;
}

/** Writes the bundle by the task's own command, but to another place, so that tests do not meet in one folder. */
export async function bundleAgent({ minify = true, sourceMaps = false }: BundleOptions = {}): Promise<AgentBundle> {
  const folder = await Deno.makeTempDir({ prefix: "agent-bundle-" });
  const [, command = ""] = project.tasks.bundle.command.split("rm -rf dist && deno ");
  const words = command.split(" ");
  if (!words.includes("dist") || !words.includes("--minify")) {
    throw new TypeError(`Cannot redirect the task "bundle": ${project.tasks.bundle.command}`);
  }
  const args = words.map((word) => word === "dist" ? folder : word).filter((word) => minify || word !== "--minify");
  if (sourceMaps) args.splice(1, 0, "--sourcemap=external");
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args,
    cwd: projectFolder,
    stdout: "null",
    stderr: "piped",
  }).output();
  if (!success) throw new Error(`Cannot bundle the agent: ${new TextDecoder().decode(stderr)}`);
  return { folder, file: `${folder}/main.js`, [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }) };
}

/** What the agent may do: the named set `agent` of deno.json. */
export interface DeclaredPermissions {
  /** Folders, links in them included. */
  readonly read: readonly string[];
  /** What it may learn of the system. */
  readonly sys: readonly string[];
  /** Names that it gets the value of; a `*` at the end stands for any rest. */
  readonly env: readonly string[];
  /** Names that libraries ask for, and that are absent for them whatever the environment says. */
  readonly ignoredEnv: readonly string[];
}

/** The one place in which they are declared. */
export const declared: DeclaredPermissions = {
  read: project.permissions.agent.read,
  sys: project.permissions.agent.sys,
  env: project.permissions.agent.env.allow,
  ignoredEnv: project.permissions.agent.env.ignore,
};

/**
 * The other flags of `deno run` and `deno compile`. A cache of compiled code makes each start a few hundredths of a
 * second shorter, and takes some 5 MB for as long as the agent runs.
 */
export function engineFlags(v8Flags: string = V8_FLAGS): readonly string[] {
  return ["--no-code-cache", ...(v8Flags === "" ? [] : [`--v8-flags=${v8Flags}`])];
}

/** Permissions as flags of `deno run` and `deno compile`; the network is not limited: any address can be configured. */
export function permissionFlags({ read, sys, env, ignoredEnv }: DeclaredPermissions): readonly string[] {
  return [
    "--no-prompt",
    `--allow-read=${read.join(",")}`,
    "--allow-net",
    `--allow-sys=${sys.join(",")}`,
    `--allow-env=${env.join(",")}`,
    `--ignore-env=${ignoredEnv.join(",")}`,
  ];
}

/** How the image starts a bundle: with its flags, and with its permissions and `folders` to read beside. */
export function imageCommand(file: string, folders: readonly string[]): readonly string[] {
  const permissions = permissionFlags({ ...declared, read: [...declared.read, ...folders] });
  return [Deno.execPath(), "run", ...engineFlags(), ...permissions, file];
}

/** The program of a bundle that is named by its folder or by its `main.js`. */
export function mainOf(bundle: string): string {
  return bundle.endsWith(".js") ? bundle : `${bundle}/main.js`;
}
