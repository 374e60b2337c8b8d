/**
 * When certificates expire: as a metric, and as a warning a day in the last week.
 *
 * @module
 */
import type { Logger } from "../../telemetry/log.ts";
import type { Metrics } from "../../telemetry/metrics.ts";

const DAY_MS = 86_400_000;
/** So long before a certificate expires the warnings begin. */
const WARNING_MS = 7 * DAY_MS;

/** What is measured, and told. */
export interface ExpiryOptions {
  /** The operator's log. */
  readonly log: Logger;
  /** What is measured. */
  readonly metrics: Metrics;
  /** Milliseconds since 1970. @default {Date.now} */
  readonly now?: () => number;
}

/** A certificate in use. */
export interface Validity {
  /** The file that it is in. */
  readonly path: string;
  /** From when on it holds, in milliseconds since 1970. @default always */
  readonly notBefore?: number;
  /** Until when, in milliseconds since 1970. */
  readonly notAfter: number;
}

/** The certificates in use. */
export interface Expiry {
  /** Takes one in the place of the earlier one, and warns of it at once where that is due. */
  set(certificate: "server" | "ca", validity: Validity): void;
  /** Warns of those that expire soon, each once a day. To be called more often. */
  check(): void;
}

/** None yet. */
export function createExpiry({ log, metrics, now = Date.now }: ExpiryOptions): Expiry {
  const inUse = new Map<"server" | "ca", { readonly validity: Validity; warnedAt: number }>();

  function check(): void {
    const nowMs = now();
    for (const certificate of inUse.values()) {
      const { validity: { path, notAfter }, warnedAt } = certificate;
      // A clock that has been set back warns again.
      if (notAfter - nowMs > WARNING_MS || Math.abs(nowMs - warnedAt) < DAY_MS) continue;
      certificate.warnedAt = nowMs;
      const message = notAfter < nowMs ? "A certificate has expired" : "A certificate expires soon";
      log.warn(message, { file: path, expires: new Date(notAfter).toISOString() });
    }
  }

  return {
    check,
    set: (name, validity) => {
      metrics.set("tls_certificate_expiry_timestamp_seconds", validity.notAfter / 1_000, { certificate: name });
      inUse.set(name, { validity, warnedAt: -Infinity });
      const { path, notBefore = 0 } = validity;
      if (notBefore > now()) {
        log.warn("A certificate does not hold yet", { file: path, begins: new Date(notBefore).toISOString() });
      }
      check();
    },
  };
}
