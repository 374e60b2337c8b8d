/**
 * A service as the server takes it: definitions of methods, and a handler for each.
 *
 * @module
 */

import type { ServerMethodDefinition } from "@grpc/grpc-js";
import type { AgentHandler } from "./handler.ts";
import type { RequestLimits } from "./transport/request_limits.ts";

/** A method of any messages. */
export type ServedMethod = ServerMethodDefinition<unknown, never>;

/** One service. */
export interface AgentService {
  /** Its methods, by their names. */
  readonly methods: Readonly<Record<string, ServedMethod>>;
  /** A handler for each of them, by the same names. */
  readonly handlers: Readonly<Record<string, AgentHandler>>;
  /** How large requests of these methods may be. @default {SHORT_REQUEST} */
  readonly requestLimits?: RequestLimits;
}
