/**
 * The slow twin of the record readers: a linear reader over the whole file as text, so simple that it is unlikely to be
 * wrong.
 *
 * @module
 */
import type { Time } from "../../src/logs/time.ts";

/** A record as a client sees it. */
export interface NaiveRecord extends Time {
  readonly message: string;
  readonly final: boolean;
}

const CRI = /^(\S{10,64}) (.{8})[^]?/s;

/** The instant of an RFC 3339 text, or `undefined`. */
export function naiveTime(text: string): Time | undefined {
  const parts = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)$/.exec(text);
  if (parts === null) return undefined;
  const local = Date.parse(`${parts[1]}Z`);
  const milliseconds = Date.parse(parts[1] + (parts[3] ?? "Z"));
  // Date.parse() takes 30 February for 2 March.
  if (Number.isNaN(milliseconds) || !new Date(local).toISOString().startsWith(parts[1] ?? "?")) return undefined;
  return { seconds: milliseconds / 1000, nanos: Number((parts[2] ?? "").padEnd(9, "0").slice(0, 9)) };
}

const bytesOf = (latin1: string): Uint8Array => Uint8Array.from(latin1, (c) => c.charCodeAt(0));
const decode = (latin1: string): string => new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytesOf(latin1));
const trimEnd = (text: string): string =>
  text.replace(/[\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+$/, "");

function parse(line: string, kind: "cri" | "docker"): (NaiveRecord & { readonly raw: string }) | undefined {
  if (kind === "cri") {
    const parts = CRI.exec(line);
    const time = parts === null ? undefined : naiveTime(parts[1] ?? "");
    if (parts === null || time === undefined) return undefined;
    const raw = line.slice((parts[1] ?? "").length + 10);
    return { ...time, raw, message: trimEnd(decode(raw)), final: (parts[2] ?? "")[7] === "F" };
  }
  try {
    const { log, time } = JSON.parse(decode(line)) as { log: unknown; time: unknown };
    if (typeof log !== "string" || typeof time !== "string") return undefined;
    const raw = Array.from(new TextEncoder().encode(log.replace(/\n$/, "")), (byte) => String.fromCharCode(byte)).join(
      "",
    );
    return { ...(naiveTime(time) ?? { seconds: 0, nanos: 0 }), raw, message: trimEnd(log), final: log.endsWith("\n") };
  } catch {
    return undefined;
  }
}

const after = (a: Time, b: Time): boolean => a.seconds > b.seconds || (a.seconds === b.seconds && a.nanos > b.nanos);

/**
 * The records of a file that lie within the bounds and match, in the file's order; a part whose last part lies beyond
 * the stop is none.
 */
export function naiveRecords(
  file: Uint8Array,
  kind: "cri" | "docker",
  query: { start?: Time | undefined; stop?: Time | undefined; matches?: (raw: Uint8Array) => boolean },
): NaiveRecord[] {
  const text = Array.from(file, (byte) => String.fromCharCode(byte)).join("");
  const records = text.split("\n").filter((line) => line !== "").flatMap((line) => parse(line, kind) ?? []);
  return records.filter((record, index) => {
    if (query.start !== undefined && after(query.start, record)) return false;
    if (query.stop !== undefined && after(record, query.stop)) return false;
    if (kind === "cri" && query.stop !== undefined) {
      const last = records.slice(index).find((later) => later.final);
      if (last !== undefined && after(last, query.stop)) return false;
    }
    return query.matches?.(bytesOf(record.raw)) ?? true;
  }).map(({ raw: _, ...record }) => record);
}
