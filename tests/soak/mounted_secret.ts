/**
 * A folder of files that is changed as the kubelet changes a mounted secret: each version is a folder of its own, and
 * the link `..data` is put over to the next one.
 *
 * @module
 */

/** The folder. */
export interface MountedSecret {
  /** Its path; the files in it are links. */
  readonly folder: string;
  /** Puts the next version in place. */
  put(files: Readonly<Record<string, string>>): Promise<void>;
}

/** Makes it, with its first version. */
export async function mountSecret(folder: string, files: Readonly<Record<string, string>>): Promise<MountedSecret> {
  await Deno.mkdir(folder);
  let version = 0;
  const put: MountedSecret["put"] = async (next) => {
    const before = version === 0 ? undefined : `${folder}/..version-${version}`;
    version += 1;
    const name = `..version-${version}`;
    await Deno.mkdir(`${folder}/${name}`);
    for (const [file, text] of Object.entries(next)) await Deno.writeTextFile(`${folder}/${name}/${file}`, text);
    await Deno.symlink(name, `${folder}/..data_tmp`);
    await Deno.rename(`${folder}/..data_tmp`, `${folder}/..data`);
    if (before !== undefined) await Deno.remove(before, { recursive: true });
  };
  await put(files);
  for (const file of Object.keys(files)) await Deno.symlink(`..data/${file}`, `${folder}/${file}`);
  return { folder, put };
}
