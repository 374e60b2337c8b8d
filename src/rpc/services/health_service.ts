/**
 * `grpc.health.v1.Health`: whether the server as a whole is serving.
 *
 * Only the empty name is known, as callers expect of this agent; the services do not have states of their own.
 *
 * @module
 */

import { services } from "../descriptor.ts";
import { serverStream, unary } from "../handler.ts";
import type { HealthCheckRequest, HealthCheckResponse } from "../messages.ts";
import type { AgentService } from "../service.ts";
import { HealthServiceUnknownError } from "../call_errors.ts";

/** The health of a server. */
export interface Health {
  /** The service to register. */
  readonly service: AgentService;
  /** From now on, and for good: NOT_SERVING. */
  setNotServing(): void;
}

/** Makes the health of a server that is serving. */
export function createHealth(): Health {
  let status: HealthCheckResponse["status"] = "SERVING";
  const waiting = new Set<() => void>();

  const changed = (signal: AbortSignal): Promise<void> => {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const notify = (): void => {
      waiting.delete(notify);
      signal.removeEventListener("abort", onAbort);
      resolve();
    };
    const onAbort = (): void => {
      waiting.delete(notify);
      reject(signal.reason);
    };
    waiting.add(notify);
    signal.addEventListener("abort", onAbort, { once: true });
    return promise;
  };

  const check = unary<HealthCheckRequest, HealthCheckResponse>(({ request }) => {
    requireKnown(request);
    return { status };
  });

  const watch = serverStream<HealthCheckRequest, HealthCheckResponse>(async ({ request, signal, send }) => {
    requireKnown(request);
    for (;;) {
      const reported = status;
      await send({ status: reported });
      if (reported === status) await changed(signal);
    }
  });

  return {
    service: { methods: services.health, handlers: { Check: check, Watch: watch } },
    setNotServing: () => {
      status = "NOT_SERVING";
      for (const notify of waiting) notify();
    },
  };
}

function requireKnown({ service }: HealthCheckRequest): void {
  if (service !== "") throw new HealthServiceUnknownError();
}
