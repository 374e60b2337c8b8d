/**
 * Names for the bundle's files that say nothing of the builder.
 *
 * The bundler puts a hash in a name, and into that hash the way from the project's folder to the packages: the same
 * text has another name where somebody else bundles it. Here files are numbered in the order in which they are named,
 * from the entries on.
 *
 * @module
 */

/** A name with a hash, after which files of the bundle refer to each other. */
const HASHED = /\b([\w-]+)-[0-9A-Z]{8}\.js\b/g;

/** Renames the files of a bundle, and what they call each other. */
export async function giveStableNames(folder: string): Promise<void> {
  const texts = new Map<string, string>();
  for await (const { name } of Deno.readDir(folder)) {
    if (name.endsWith(".js")) texts.set(name, await Deno.readTextFile(`${folder}/${name}`));
  }
  const names = stableNames(texts);
  for (const [name, text] of texts) {
    const stable = names.get(name);
    if (stable === undefined) throw new TypeError(`Cannot name ${name}: no file of the bundle refers to it`);
    await Deno.remove(`${folder}/${name}`);
    texts.set(name, text.replaceAll(HASHED, (word) => names.get(word) ?? word));
  }
  for (const [name, text] of texts) await Deno.writeTextFile(`${folder}/${names.get(name)}`, text);
}

/** The new name of each file: entries keep theirs. */
function stableNames(texts: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  const used = new Set<string>();
  const entries = [...texts.keys()].filter((name) => name.search(HASHED) < 0).sort();
  for (const entry of entries) names.set(entry, entry), used.add(entry);
  // The map grows while it is walked: what a file refers to is looked at after it.
  for (const name of names.keys()) {
    for (const [word, stem = ""] of texts.get(name)?.matchAll(HASHED) ?? []) {
      if (!texts.has(word) || names.has(word)) continue;
      let stable = `${stem}.js`;
      for (let number = 2; used.has(stable); number++) stable = `${stem}-${number}.js`;
      names.set(word, stable);
      used.add(stable);
    }
  }
  return names;
}
