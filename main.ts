/**
 * Both programs, from source or from the bundle: the agent, or the collector by the word `collect`.
 *
 * What is shipped is one of them: `agent.ts`, `collector.ts`.
 *
 * @module
 */
import { main as collector } from "./src/cli/collect/main.ts";
import { main as agent } from "./src/cli/main.ts";
import { provideRequire } from "./src/cli/node_require.ts";

provideRequire();
const [word, ...words] = Deno.args;
await (word === "collect" ? collector(words) : agent(Deno.args));
