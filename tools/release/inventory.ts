/**
 * Every package of deno.lock, with what it is for: in which programs it is, or who else needs it.
 *
 * @module
 */
import { bundleTo } from "../compile/bundle.ts";
import { type ProgramName, PROGRAMS } from "../compile/programs.ts";
import { type BundleContents, bundleContents } from "./bundle_contents.ts";
import { type Package, type PackageManifest, type Packages, readManifest, readPackages } from "./packages.ts";
import { USES } from "./uses.ts";

/**
 * What a package is for: `run` is in a program; `unused` is what such a package depends on and the bundler leaves out;
 * `build` makes files that are committed or shipped; `test` is for tests and benches alone.
 */
export type Role = "run" | "unused" | "build" | "test";

/** A package, with what it is for. */
export interface InventoryEntry extends Package, PackageManifest {
  readonly role: Role;
  /** Its bytes in each program that it is in. */
  readonly bytes: Readonly<Partial<Record<ProgramName, number>>>;
}

/** All packages. */
export interface Inventory {
  /** By `name@version`, in that order. */
  readonly entries: ReadonlyMap<string, InventoryEntry>;
  /** Those that deno.json names. */
  readonly direct: readonly string[];
  /** All bytes of each program. */
  readonly bytes: Readonly<Record<ProgramName, number>>;
}

/** The programs' names. */
export const PROGRAM_NAMES: readonly ProgramName[] = ["agent", "collector"];

/** Bundles the programs, and tells what each package of the lock file is for. */
export async function takeInventory(): Promise<Inventory> {
  const packages = await readPackages();
  checkReasons(packages);
  const [agent, collector] = await contentsOfPrograms(packages);
  const contents: Readonly<Record<ProgramName, BundleContents>> = { agent, collector };
  const roles = rolesOf(packages, (key) => PROGRAM_NAMES.some((name) => contents[name].packages.has(key)));
  const entries = await Promise.all([...packages.all].map(async ([key, it]) => {
    const bytes = Object.fromEntries(PROGRAM_NAMES.flatMap((name) => {
      const count = contents[name].packages.get(key);
      return count === undefined ? [] : [[name, count]];
    }));
    return [key, { ...it, ...await readManifest(it), role: roles.get(key) ?? "test", bytes }] as const;
  }));
  return {
    entries: new Map(entries),
    direct: packages.direct,
    bytes: { agent: agent.bytes, collector: collector.bytes },
  };
}

/** There is no reason for a package of deno.json. */
export class ReasonError extends Error {
  /** The class, as an error log shows it. */
  override readonly name = "ReasonError";
}

/** Throws a {@linkcode ReasonError} where a package of deno.json has no reason. */
export function checkReasons({ all, direct }: Pick<Packages, "all" | "direct">): void {
  const names = direct.map((key) => all.get(key)?.name ?? key);
  const without = names.filter((name) => !Object.hasOwn(USES, name));
  if (without.length === 0) return;
  throw new ReasonError(`Cannot tell what ${without.join(", ")} is for: write it into tools/release/uses.ts`);
}

async function contentsOfPrograms(packages: Packages): Promise<readonly [BundleContents, BundleContents]> {
  const folder = await Deno.makeTempDir({ prefix: "inventory-" });
  try {
    await bundleTo(folder, { sourceMaps: true });
    return [
      await bundleContents({ folder, entry: PROGRAMS.agent.entry }, packages),
      await bundleContents({ folder, entry: PROGRAMS.collector.entry }, packages),
    ];
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/**
 * Returns what each package is for. What only another package needs is for what that one is for; where several need it,
 * the first of `run`, `unused`, `build`, `test` counts.
 */
export function rolesOf(
  { all, direct }: Pick<Packages, "all" | "direct">,
  isBundled: (key: string) => boolean,
): ReadonlyMap<string, Role> {
  const roles = new Map<string, Role>();
  const mark = (key: string, role: Role): void => {
    if (roles.has(key)) return;
    roles.set(key, role);
    for (const dependency of all.get(key)?.dependencies ?? []) mark(dependency, role === "run" ? "unused" : role);
  };
  const bundled = [...all.keys()].filter(isBundled);
  // First all of them, so that none is taken for a dependency that is left out.
  for (const key of bundled) roles.set(key, "run");
  for (const key of bundled) for (const it of all.get(key)?.dependencies ?? []) mark(it, "unused");
  for (const role of ["build", "test"] as const) {
    for (const key of direct) if (USES[all.get(key)?.name ?? ""]?.role === role) mark(key, role);
  }
  return roles;
}

/** Returns who depends on a package, as names. */
export function dependents(key: string, { entries }: Inventory): readonly string[] {
  return [...entries.values()].filter((it) => it.dependencies.includes(key)).map(({ name }) => name);
}
