/**
 * The packages of deno.lock, with what they say of themselves.
 *
 * Reads them where the runtime keeps packages; what is missing there is an error, and `deno install` fetches it.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import config from "../../deno.json" with { type: "json" };

const ROOT = new URL("../../", import.meta.url);

/** One package at one version, as the lock file has it. */
export interface Package {
  readonly name: string;
  readonly version: string;
  /** What the archive is checked by: `sha512-` and base64. */
  readonly integrity: string;
  /** The folder with its files, which are there once something has needed them. */
  readonly folder: string;
  /** What it depends on, as `name@version`. */
  readonly dependencies: readonly string[];
}

/** What a package says of itself. */
export interface PackageManifest {
  /** An expression of SPDX. */
  readonly license: string;
  readonly description: string;
}

/** All packages, by `name@version`, and where they are kept. */
export interface Packages {
  readonly all: ReadonlyMap<string, Package>;
  /** The folder that they are kept in. */
  readonly cache: string;
  /** Those that deno.json names. */
  readonly direct: readonly string[];
}

/** The packages cannot be read. */
export class PackagesError extends Error {
  /** The class, as an error log shows it. */
  override readonly name = "PackagesError";
}

interface Info {
  readonly npmCache: string;
}

interface GraphInfo {
  readonly npmPackages: Readonly<Record<string, GraphPackage>>;
}

interface GraphPackage {
  readonly name: string;
  readonly version: string;
  readonly dependencies: readonly string[];
  readonly localPath: string;
}

interface Lock {
  readonly npm: Readonly<Record<string, { readonly integrity: string }>>;
}

/** Reads the packages of the lock file. Throws a {@linkcode PackagesError} where the runtime does not know one. */
export async function readPackages(): Promise<Packages> {
  const [{ npmCache }, { npmPackages }, lock] = await Promise.all([
    denoInfo<Info>([]),
    denoInfo<GraphInfo>(["main.ts"]),
    Deno.readTextFile(new URL("deno.lock", ROOT)).then((text): Lock => JSON.parse(text)),
  ]);
  const all = new Map<string, Package>();
  for (const key of Object.keys(lock.npm).toSorted()) {
    const entry = npmPackages[key];
    if (entry === undefined) throw new PackagesError(`Cannot read ${key}: the runtime does not know it`);
    const { name, version, localPath: folder } = entry;
    const dependencies = [...new Set(entry.dependencies.map(withoutPeers))].toSorted();
    all.set(withoutPeers(key), { name, version, folder, dependencies, integrity: lock.npm[key]?.integrity ?? "" });
  }
  const direct = Object.values(config.imports).flatMap((target) => /^npm:(.+@[\d.]+)/.exec(target)?.[1] ?? []);
  return { all, cache: npmCache, direct: [...new Set(direct)].toSorted() };
}

/** Reads what a package says of itself. Throws a {@linkcode PackagesError} where it is missing or names no licence. */
export async function readManifest({ name, version, folder }: Package): Promise<PackageManifest> {
  let manifest: { readonly license?: unknown; readonly description?: string };
  try {
    manifest = JSON.parse(await Deno.readTextFile(`${folder}/package.json`));
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new PackagesError(`Cannot read ${name}@${version}: its files are not there; deno install --frozen`);
  }
  const { license, description = "" } = manifest;
  if (typeof license !== "string" || license === "") {
    throw new PackagesError(`Cannot take ${name}@${version}: its package.json names no licence`);
  }
  return { license, description };
}

/** Returns a key of the lock file without the peers behind it: `a@1.0.0_b@2.0.0` is a package by itself only there. */
export function withoutPeers(key: string): string {
  const version = key.indexOf("@", 1);
  const peers = key.indexOf("_", version);
  return peers === -1 ? key : key.slice(0, peers);
}

async function denoInfo<Result>(args: readonly string[]): Promise<Result> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", "--frozen", ...args],
    cwd: fileURLToPath(ROOT),
    stdout: "piped",
    stderr: "piped",
  }).output();
  if (!success) throw new PackagesError(`Cannot read the packages: ${new TextDecoder().decode(stderr).trim()}`);
  return JSON.parse(new TextDecoder().decode(stdout));
}
