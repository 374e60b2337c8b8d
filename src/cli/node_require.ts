/**
 * A `require` for packages in the bundle.
 *
 * What the bundler writes for `require` in packages is no function of the platform's until it has been replaced, and
 * that replacement fails whenever minifying happens to call it `$`.
 *
 * @module
 */
import { createRequire } from "node:module";

/** Has packages find the platform's modules. All packages are loaded behind this. */
export function provideRequire(): void {
  Object.assign(globalThis, { require: createRequire(import.meta.url) });
}
