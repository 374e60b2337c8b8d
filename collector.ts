/**
 * The collector's entry point: hands the command line to `src/cli/`.
 *
 * @module
 */
import { main } from "./src/cli/collect/main.ts";
import { provideRequire } from "./src/cli/node_require.ts";

provideRequire();
await main(Deno.args);
