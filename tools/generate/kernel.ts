/**
 * Compiles the kernel: `_wasm/*.ts`, which is AssemblyScript, to `_wasm/kernel.wasm`, and without SIMD to
 * `_wasm/kernel_plain.wasm`, which only tests use.
 *
 * With `--check` nothing is written: it fails when what is there is not what the sources give.
 *
 * @module
 */
import asc from "assemblyscript/asc";

const FOLDER = new URL("../../src/kernel/_wasm/", import.meta.url);
const TARGETS = ["simd", "plain"] as const;

/** The files that one target is compiled to, by their names. */
async function compiled(target: typeof TARGETS[number]): Promise<Map<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>();
  const { error, stderr } = await asc.main(["kernel.ts", "--config", "asconfig.json", "--target", target], {
    readFile: async (name: string) => {
      try {
        return await Deno.readTextFile(new URL(name, FOLDER));
      } catch (error) {
        // How the compiler asks whether a file is there.
        if (error instanceof Deno.errors.NotFound) return null;
        throw error;
      }
    },
    writeFile: (name: string, contents: Uint8Array | string) => {
      if (typeof contents !== "string") files.set(name, contents);
    },
    listFiles: () => [],
  });
  if (error !== null) {
    throw new Error(`Cannot compile the kernel for ${target}: ${error.message}\n${stderr.toString()}`);
  }
  return files;
}

if (import.meta.main) {
  const check = Deno.args.includes("--check");
  for (const target of TARGETS) {
    for (const [name, bytes] of await compiled(target)) {
      const path = new URL(name, FOLDER);
      if (!check) {
        await Deno.writeFile(path, bytes);
        continue;
      }
      const there = await Deno.readFile(path);
      if (there.length !== bytes.length || there.some((byte, at) => byte !== bytes[at])) {
        throw new Error(`Cannot accept src/kernel/_wasm/${name}: it is not what its sources give; run deno task gen`);
      }
    }
  }
}
