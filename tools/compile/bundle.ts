/**
 * The bundle as `deno task bundle` writes it, at another place.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import config from "../../deno.json" with { type: "json" };

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** How to bundle. */
export interface BundleOptions {
  /** Whether to make it small, as the task does. @default {true} */
  readonly minify?: boolean;
  /** Whether to write a source map beside each file. @default {false} */
  readonly sourceMaps?: boolean;
  /** The environment to bundle in. @default {this process's own} */
  readonly env?: Readonly<Record<string, string>>;
}

/** The bundle could not be made. */
export class BundleError extends Error {
  /** The class, as an error log shows it. */
  override readonly name = "BundleError";
}

/** Writes the bundle to `folder` by the task's own command. */
export async function bundleTo(folder: string, options: BundleOptions = {}): Promise<void> {
  const { minify = true, sourceMaps = false, env } = options;
  const words = commandOf(config.tasks.bundle.command);
  const args = words.map((word) => word === "dist" ? folder : word).filter((word) => minify || word !== "--minify");
  if (sourceMaps) args.splice(1, 0, "--sourcemap=external");
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args,
    cwd: ROOT,
    ...(env === undefined ? {} : { clearEnv: true, env }),
    stdout: "null",
    stderr: "piped",
  }).output();
  if (!success) throw new BundleError(`Cannot bundle the programs: ${new TextDecoder().decode(stderr).trim()}`);
}

/** The words of the bundler's command in a task, without what the task does before it and after. */
function commandOf(task: string): readonly string[] {
  const words = task.split("&&").map((command) => command.trim().split(" "))
    .find(([program, command]) => program === "deno" && command === "bundle");
  if (words === undefined || !words.includes("dist") || !words.includes("--minify")) {
    throw new BundleError(`Cannot redirect the task "bundle": ${task}`);
  }
  return words.slice(1);
}
