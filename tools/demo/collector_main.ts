/**
 * `deno task demo-collector`: the collector on a small synthetic cluster, with a fake API server and a fake reducer.
 *
 * @module
 */
import { demo } from "./collector_demo.ts";
import { print } from "../../src/cli/collect/print.ts";

Deno.exit(await demo({ print }));
