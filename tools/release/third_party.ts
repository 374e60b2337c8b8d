// deno-lint-ignore-file no-console -- this is what it is for
/**
 * `THIRD_PARTY.txt`: the packages that are in the bundle and the runtime, each with the text of its licence.
 *
 * The bundler tells which packages these are, and each package brings its text. Where one brings none, nothing is
 * written. The runtime's own text lies beside this file, since its program comes without it.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { bundleTo } from "../compile/bundle.ts";
import { bundleContents, COMPILED_IN } from "./bundle_contents.ts";
import { type Package, type Packages, readManifest, readPackages } from "./packages.ts";

/** The entry that loads all of the bundle. */
const ENTRY = "main.js";

/** Files with a licence, and with what it wants to be passed on. */
const TEXTS = /^(licen[cs]e|copying|notice|copyright)/i;

/** A package brings no text of its licence. */
export class LicenceError extends Error {
  /** The class, as an error log shows it. */
  override readonly name = "LicenceError";
}

/** The licence of Deno, as its repository has it. */
const RUNTIME_LICENCE = new URL("deno_licence.txt", import.meta.url);

/** Makes the text for packages, as `name@version`, and for the runtime. */
export async function thirdParty(keys: Iterable<string>, all: Packages["all"]): Promise<string> {
  const sections: string[] = [];
  const within = Object.values(COMPILED_IN);
  for (const key of keys) {
    const it = all.get(key);
    if (it === undefined) throw new LicenceError(`Cannot find ${key}, which is in the bundle`);
    const { license } = await readManifest(it);
    sections.push(section(`${key}\n${license}`, await licenceTexts(it)));
    for (const { name } of within.filter(({ into }) => into === it.name)) {
      sections.push(await sectionWithin({ name, key }, all));
    }
  }
  return [
    "Third-party software in this program. Each package has its own licence, which follows in its own words.\n",
    ...sections,
    section(`Deno, the runtime\nMIT`, [(await Deno.readTextFile(RUNTIME_LICENCE)).trim()]),
  ].join(`\n${"=".repeat(80)}\n\n`);
}

/** What another package has compiled into its files has the licence of the newest version that is known. */
async function sectionWithin(
  { name, key }: { readonly name: string; readonly key: string },
  all: Packages["all"],
): Promise<string> {
  const known = [...all.values()].filter((it) => it.name === name).toSorted((a, b) => order(b.version, a.version))[0];
  if (known === undefined) throw new LicenceError(`Cannot find ${name}, which is compiled into ${key}`);
  const { license } = await readManifest(known);
  return section(`${name}, which is compiled into ${key}\n${license}`, await licenceTexts(known));
}

function section(head: string, texts: readonly string[]): string {
  return `${head}\n\n${texts.join("\n\n")}\n`;
}

function order(a: string, b: string): number {
  return a.localeCompare(b, "en", { numeric: true });
}

/** Reads the licence of a package, and its notices. */
async function licenceTexts({ name, version, folder }: Package): Promise<readonly string[]> {
  const names: string[] = [];
  for await (const entry of Deno.readDir(folder)) if (entry.isFile && TEXTS.test(entry.name)) names.push(entry.name);
  const texts = await Promise.all(names.toSorted().map((file) => Deno.readTextFile(`${folder}/${file}`)));
  const found = texts.map((text) => text.replaceAll("\r\n", "\n").trim()).filter((text) => text !== "");
  if (found.length === 0) throw new LicenceError(`Cannot pass on ${name}@${version}: it brings no text of its licence`);
  return found;
}

/** Makes the text for the bundle as it is now. */
export async function thirdPartyOfBundle(): Promise<string> {
  const folder = await Deno.makeTempDir({ prefix: "third-party-" });
  try {
    await bundleTo(folder, { sourceMaps: true });
    const packages = await readPackages();
    const contents = await bundleContents({ folder, entry: ENTRY }, packages);
    return await thirdParty(contents.packages.keys(), packages.all);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { output: { type: "string", default: "dist" } } });
  await Deno.mkdir(values.output, { recursive: true });
  const path = `${values.output}/THIRD_PARTY.txt`;
  await Deno.writeTextFile(path, await thirdPartyOfBundle());
  console.log(path);
}
