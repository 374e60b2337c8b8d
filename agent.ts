/**
 * The agent's entry point: hands the command line to `src/cli/`.
 *
 * @module
 */
import { main } from "./src/cli/main.ts";

await main(Deno.args);
