/**
 * Writes the table of limits that are no settings into `docs/security.md`: `deno task gen`.
 * `deno task gen --check` only compares.
 *
 * @module
 */
import { fixedLimitsTable } from "../../src/rpc/transport/transport_limits.ts";
import { writePage } from "./_page_table.ts";

const TABLE = /(<!-- limits: .* -->\n)[^]*(<!-- \/limits -->\n)/;

if (import.meta.main) await writePage("docs/security.md", { table: fixedLimitsTable(), place: TABLE });
