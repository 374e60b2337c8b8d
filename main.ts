/**
 * The agent's entry point: hands the command line to `src/cli/`.
 *
 * @module
 */
import { main } from "./src/cli/main.ts";

// The bundle's minifier gives no name that is in use here, and must not give this one: where `require` gets it, Deno 2.9.6 does not mend it, and
// the bundle does not start.
declare const $: unknown;
void (() => $);

await main(Deno.args);
