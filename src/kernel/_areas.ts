/**
 * Where things lie in the kernel's memory, as the module reports it; `_wasm/layout.ts` draws it.
 *
 * @module
 */
import type * as wasm from "./_wasm/kernel.wasm";

/** What the module exports; the tests of the build without SIMD make an instance of their own. */
export type KernelModule = typeof wasm;

/** The areas of the memory and their sizes, in the order of `area()` in `_wasm/kernel.ts`. */
export const AREAS = [
  "slack",
  "plan",
  "lines",
  "maxLines",
  "maxRows",
  "seconds",
  "nanos",
  "lineStart",
  "lineEnd",
  "messageStart",
  "messageEnd",
  "trimmedEnd",
  "flags",
  "out",
  "outBytes",
  "text",
  "textBytes",
  "blocks",
  "spans",
  "classes",
  "table",
  "tableEntries",
  "required",
  "requiredBytes",
] as const;

/** Addresses and sizes by name. */
export type Areas = Readonly<Record<typeof AREAS[number], number>>;

/** Asks an instance of the module for its areas. */
export function areasOf(module: KernelModule): Areas {
  return Object.fromEntries(AREAS.map((name, index) => [name, module.area(index)])) as Areas;
}
