/**
 * What is in the bundle: how many bytes of each program come from which package.
 *
 * Nothing of it is kept by hand. The bundler tells it in its source maps, and the files of a program are those that its
 * entry loads, now or later.
 *
 * @module
 */
import { resolve } from "node:path";
import { bytesBySource, type SourceMap } from "./_source_map.ts";
import type { Packages } from "./packages.ts";

/** What one program is made of. */
export interface BundleContents {
  /** All its files. */
  readonly bytes: number;
  /** Bytes by package, as `name@version`. The rest is the project's own and the bundler's. */
  readonly packages: ReadonlyMap<string, number>;
}

/** A bundle with a source map beside each file. */
export interface MappedBundle {
  readonly folder: string;
  /** The file that the program starts with. */
  readonly entry: string;
}

/** The bundle has something of which nobody knows where it is from. */
export class BundleContentsError extends Error {
  /** The class, as an error log shows it. */
  override readonly name = "BundleContentsError";
}

/**
 * A package that another one has compiled into its own files, at a version that it does not tell. The bundler follows
 * the other one's source maps, and sees it there.
 */
export const COMPILED_IN: Readonly<Record<string, { readonly name: string; readonly into: string }>> = {
  "node_modules/tslib": { name: "tslib", into: "@js-sdsl/ordered-map" },
};

/** Counts a program's bytes by package. */
export async function bundleContents(
  { folder, entry }: MappedBundle,
  packages: Pick<Packages, "all" | "cache">,
): Promise<BundleContents> {
  const counts = new Map<string, number>();
  let bytes = 0;
  for (const [file, text] of await filesOf(folder, entry)) {
    bytes += new TextEncoder().encode(text).length;
    const map: SourceMap = JSON.parse(await Deno.readTextFile(`${folder}/${file}.map`));
    for (const [source, count] of bytesBySource(text, map)) {
      const owner = packageOf(resolve(folder, source), packages);
      if (owner !== undefined) counts.set(owner, (counts.get(owner) ?? 0) + count);
    }
  }
  return { bytes, packages: new Map([...counts].toSorted(([a], [b]) => a < b ? -1 : 1)) };
}

/** Returns the files that an entry loads, and those load, by their names. */
async function filesOf(folder: string, entry: string): Promise<ReadonlyMap<string, string>> {
  const files = new Map<string, string>();
  const waiting = [entry];
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (files.has(file)) continue;
    const text = await Deno.readTextFile(`${folder}/${file}`);
    files.set(file, text);
    waiting.push(...[...text.matchAll(/["']\.\/([\w.-]+\.js)["']/g)].map(([, name = ""]) => name));
  }
  return files;
}

/** Returns the package of a source file, as `name@version`; undefined for the project's own. */
export function packageOf(path: string, { all, cache }: Pick<Packages, "all" | "cache">): string | undefined {
  if (!path.startsWith(`${cache}/`)) return undefined;
  // Behind the registry's own folder, `name/version/…` or `@scope/name/version/…`.
  const inside = path.slice(cache.length + 1).split("/").slice(1).join("/");
  const [, name = "", version = ""] = /^((?:@[^/]+\/)?[^/]+)\/([^/]+)\//.exec(inside) ?? [];
  const key = `${name}@${version.replace(/_\d+$/, "")}`;
  if (all.has(key)) return key;
  // A package whose own source map leads out of its folder.
  const compiledIn = COMPILED_IN[`${name}/${version}`];
  const owners = [...all].filter(([, it]) => it.name === (compiledIn?.into ?? name));
  const [owner] = owners;
  if (owner === undefined || owners.length > 1) {
    throw new BundleContentsError(`Cannot tell the package of ${inside}, which is in the bundle`);
  }
  return owner[0];
}
