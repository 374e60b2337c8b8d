/**
 * Both builds of the kernel, with SIMD and without: every test of it runs on each.
 *
 * @module
 */
import { createKernel, type Kernel, kernel, type KernelModule } from "../../src/kernel/kernel.ts";
import { createKernelRows, type KernelRows, kernelRows } from "../../src/kernel/kernel_rows.ts";

const PLAIN = new URL("../../src/kernel/_wasm/kernel_plain.wasm", import.meta.url);

async function plainModule(): Promise<KernelModule> {
  const { instance } = await WebAssembly.instantiate(await Deno.readFile(PLAIN));
  return instance.exports as unknown as KernelModule;
}

const plain = await plainModule();

/** The builds, by name. */
export const BUILDS: readonly (readonly [name: string, kernel: Kernel, rows: KernelRows])[] = [
  ["SIMD", kernel, kernelRows],
  ["no SIMD", createKernel(plain), createKernelRows(plain)],
];

const encoder = new TextEncoder();

/** Bytes of a text in which each character is a byte. */
export function latin1(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/**
 * Puts bytes into a block, `padding` bytes behind its start, with other bytes around; returns where they begin and end.
 */
export function place(
  build: Kernel,
  bytes: Uint8Array | string,
  padding = 0,
): { readonly from: number; readonly to: number } {
  const content = typeof bytes === "string" ? encoder.encode(bytes) : bytes;
  const [block = 0] = build.blocks;
  // Whatever lies around must make no difference: line feeds and letters that would be found.
  build.memory.fill(0x0a, block, block + padding);
  build.memory.fill(0x61, block + padding + content.length, block + padding + content.length + 200);
  build.memory.set(content, block + padding);
  return { from: block + padding, to: block + padding + content.length };
}
