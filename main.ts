/**
 * The agent's entry point: hands the command line to `src/cli/`.
 *
 * @module
 */
import { createRequire } from "node:module";
import { main } from "./src/cli/main.ts";

// For the bundle. What the bundler writes for `require` in packages is no function of the platform's until it has been
// replaced, and that replacement fails whenever minifying happens to call it `$`. All packages are loaded behind this.
Object.assign(globalThis, { require: createRequire(import.meta.url) });

await main(Deno.args);
