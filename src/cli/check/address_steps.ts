/**
 * Addresses to listen on: whether they are free.
 *
 * @module
 */
import { type Address, addressText, parseAddress } from "../../config/address.ts";
import type { Settings } from "../../config/settings.ts";
import { listenTarget } from "../../rpc/transport/listen_address.ts";
import type { Note, Report } from "./report.ts";

const LIMIT_MS = 10_000;

/** Checks `addr` and `metrics.addr`. */
export async function checkAddresses(report: Report, { addr, metrics }: Settings): Promise<void> {
  await report.step({ check: "address", limitMs: LIMIT_MS, run: ({ note }) => noteAddress(addr, note) });
  await report.step({
    check: "metrics address",
    limitMs: LIMIT_MS,
    run: ({ note }) => {
      if (metrics.addr === undefined) return note("ok", "none: no metrics, and no probes by HTTP");
      if (isSame(metrics.addr, addr)) {
        return note("fail", `metrics.addr ${addressText(metrics.addr)} is taken by addr ${addressText(addr)}`);
      }
      noteAddress(metrics.addr, note);
    },
  });
}

/** Hosts that stand for every address of the machine. */
const EVERY = ["::", "0.0.0.0"];

function isSame(one: Address, other: Address): boolean {
  if (one.port !== other.port || one.port === 0) return false;
  return one.host === other.host || EVERY.includes(one.host) || EVERY.includes(other.host);
}

function noteAddress(address: Address, note: Note): void {
  const text = addressText(address);
  const details = { address: text };
  const { host, port } = parseAddress(listenTarget(address)) ?? address;
  try {
    Deno.listen({ hostname: host, port }).close();
    note("ok", `${text} is free`, details);
  } catch (error) {
    // The agent itself may run beside.
    if (error instanceof Deno.errors.AddrInUse) {
      return note("warn", `${text} is in use, by an agent that runs here or by another program`, details);
    }
    throw new Error(`Cannot listen on ${text}`, { cause: error });
  }
}
