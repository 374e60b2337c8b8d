/**
 * Logs of two namespaces whose texts have no letter in common, with lines of every kind; and whether an answer holds
 * what it should, and nothing else.
 *
 * @module
 */
import assert from "#assert";
import { MAX_MESSAGE_BYTES } from "../../src/records/scan/row_batch.ts";
import type { Random } from "../support/random.ts";
import type { NaiveRecord } from "../support/naive_records.ts";

/** Whose text it is. */
export type Side = "lower" | "upper";

/** A log, and what there is in it. */
export interface MarkedLog {
  /** Whose. */
  readonly side: Side;
  /** How its lines read. */
  readonly kind: "cri" | "docker";
  /** Its lines, each with its line feed. */
  readonly lines: readonly Uint8Array[];
  /** The message of each line that is a record, by the seconds of its time. */
  readonly messages: ReadonlyMap<number, { readonly text: string; readonly final: boolean }>;
}

const BASE = 1_741_064_861;
const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const FOREIGN: Record<Side, RegExp> = { lower: /[A-ZΣ🚀]/u, upper: /[a-zß😀]/u };
const LETTERS: Record<Side, string> = { lower: "abc ßde😀fg needle ", upper: "ABC ΣDE🚀FG NEEDLE " };
const WHITE = /[\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+$/;

/** The raw bytes of a message, and in Docker's form. Sizes are in bytes. */
type Raw = (text: string, size: number) => Uint8Array;

const sound: Raw = (text, size) => encoder.encode(text.repeat(Math.ceil(size / text.length))).subarray(0, size);
/** Each byte becomes three. */
const illFormed: Raw = (_, size) => new Uint8Array(size).fill(0xff);
/** One byte amid sound text. */
const damaged: Raw = (text, size) => {
  const letter = text.charCodeAt(0);
  return new Uint8Array(size).fill(letter).fill(0xff, size >> 1, (size >> 1) + 1);
};
const FORMS: readonly Raw[] = [sound, illFormed, damaged];
const SMALL = [0, 1, 2, 7, 40, 300, 5000];
const LARGE = [
  70_000,
  1_500_000,
  Math.floor(MAX_MESSAGE_BYTES / 3) + 1,
  MAX_MESSAGE_BYTES - 1,
  MAX_MESSAGE_BYTES,
  MAX_MESSAGE_BYTES + 1,
  MAX_MESSAGE_BYTES + 9_999,
];

/** What JSON can hold beside text, in escapes. */
const ESCAPES = ["", "\\t", '\\"', "\\\\", "\\u0000", "\\ud83d", "\\u2028", "\\n"];
const MIDDLES = ["", "\t", '"', "\\", "\u0000", "\u2028", "\u001b[0;"];

/** A log of so many lines; `large` of them are longer than a block, or become so. */
export function markedLog(
  random: Random,
  options: { readonly side: Side; readonly kind: "cri" | "docker"; readonly lines: number; readonly large: number },
): MarkedLog {
  const { side, kind, lines: count, large } = options;
  const text = LETTERS[side];
  const lines: Uint8Array[] = [];
  const messages = new Map<number, { text: string; final: boolean }>();
  const largeAt = new Set(Array.from({ length: large }, () => random.int(count)));
  for (let line = 0; line < count; line++) {
    if (random.oneIn(12)) {
      lines.push(encoder.encode(random.pick(["\n", `${text}\n`, "\u0000\u0000\n", "{}\n"])));
      continue;
    }
    const seconds = BASE + line;
    const time = new Date(seconds * 1000).toISOString().replace(".000", "");
    const form = random.pick(FORMS);
    const body = form(text, largeAt.has(line) ? random.pick(LARGE) : random.pick(SMALL));
    const final = !random.oneIn(4);
    const raw = kind === "cri"
      ? joined(`${time} stdout ${final ? "F" : "P"} `, random.pick(MIDDLES), body, "\n")
      : dockerLine(random, { body, final, time });
    lines.push(raw);
    messages.set(seconds, { text: messageOf(kind, raw, time), final });
  }
  return { side, kind, lines, messages };
}

function dockerLine(
  random: Random,
  { body, final, time }: { readonly body: Uint8Array; readonly final: boolean; readonly time: string },
): Uint8Array {
  const log = joined('"log":"', random.pick(ESCAPES), body, `.${final ? "\\n" : ""}"`);
  const rest = `"stream":"stdout","time":"${time}"`;
  // In an order that the driver does not write them in, a line has to be held as a whole.
  return random.oneIn(4) && body.length < MAX_MESSAGE_BYTES - 200
    ? joined(`{${rest},`, log, "}\n")
    : joined("{", log, `,${rest}}\n`);
}

function joined(...parts: readonly (string | Uint8Array)[]): Uint8Array {
  const bytes = parts.map((part) => typeof part === "string" ? encoder.encode(part) : part);
  const all = new Uint8Array(bytes.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of bytes) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

function messageOf(kind: "cri" | "docker", raw: Uint8Array, time: string): string {
  const line = decoder.decode(raw.subarray(0, -1));
  const text = kind === "cri" ? line.slice(time.length + 10) : (JSON.parse(line) as { log: string }).log;
  // What goes over the wire has no half of a surrogate pair.
  return text.replace(WHITE, "").toWellFormed();
}

/**
 * Fails where a record holds another side's text, or text that its line does not have; and unless `some` is set, where
 * they are not all there, in parts whose last one alone is final.
 */
export function checkRecords(
  log: MarkedLog,
  records: readonly NaiveRecord[],
  options: { readonly about: string; readonly backward?: boolean; readonly some?: boolean },
): void {
  const { about, backward = false, some = false } = options;
  const { messages, side } = log;
  const parts = new Map<number, NaiveRecord[]>();
  for (const record of backward ? records.toReversed() : records) {
    const foreign = FOREIGN[side].exec(record.message);
    assert.ok(foreign === null, `${about}: text of another namespace: ${record.message.slice(foreign?.index, 60)}`);
    assert.ok(
      messages.get(record.seconds)?.text.includes(record.message),
      `${about}: not the text of ${record.seconds}`,
    );
    assert.ok(encoder.encode(record.message).length <= MAX_MESSAGE_BYTES, `${about}: ${record.seconds} is too long`);
    const known = parts.get(record.seconds);
    if (known === undefined) parts.set(record.seconds, [record]);
    else known.push(record);
  }
  if (some) return;
  const wanted = [...messages.keys()];
  const missing = wanted.find((seconds, index) => [...parts.keys()][index] !== seconds);
  assert.equal(
    missing,
    undefined,
    `${about}: ${parts.size} of ${wanted.length} records, one is missing or out of order`,
  );
  for (const [seconds, { text, final }] of messages) {
    const got = parts.get(seconds) ?? [];
    // Texts of megabytes are not what a failed comparison should print.
    assert.ok(got.map(({ message }) => message).join("") === text, `${about}: ${seconds} has another text`);
    const flags = got.map((record) => record.final);
    assert.deepEqual(flags, [...flags.slice(1).map(() => Boolean(0)), final], `${about}: is_final of ${seconds}`);
  }
}

/** A log's content. */
export function contentOf({ lines }: MarkedLog): Uint8Array {
  return joined(...lines);
}
