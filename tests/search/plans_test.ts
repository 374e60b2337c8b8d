/**
 * Every plan beside the engine: what a scan finds in a block is what the engine says of each line's message.
 *
 * By the first guess, by each of the other plans, and by the one that is chosen from a sample whose lines are unlike
 * the rest. The lines are as runtimes write them, and as nobody should. `SEED` and `SEEDS` are those of
 * `tests/support/property.ts`.
 *
 * @module
 */
import assert from "#assert";
import { kernel } from "../../src/kernel/kernel.ts";
import { cri } from "../../src/logs/cri.ts";
import { dockerJson } from "../../src/logs/docker_json.ts";
import { emptyHead, type LineFormat } from "../../src/logs/line_head.ts";
import { strictCri } from "../../src/cli/files/strict_cri.ts";
import { plainLines } from "../../src/cli/files/plain_lines.ts";
import { rowBuffer } from "../../src/records/scan/row_batch.ts";
import { createScan, type Scan } from "../../src/records/scan/scan.ts";
import { selectBackward, selectForward } from "../../src/records/scan/select.ts";
import { createMatcher, type Matcher } from "../../src/search/engine/matcher.ts";
import { compilePattern, type Search } from "../../src/search/search.ts";
import type { Hir } from "../../src/search/syntax/hir.ts";
import { parsePattern } from "../../src/search/syntax/parse_pattern.ts";
import { checkRandom } from "../support/property.ts";
import type { Random } from "../support/random.ts";
import { patternOfWords, randomPattern, textNear, WORDS } from "./random_patterns.ts";

const PATTERNS = 1_000;
const MESSAGES = 48;
/** Lines of each pattern: each message about four times, behind different headers. */
const LINES = 200;
const SAMPLE_BYTES = 20 * 1024;

const LINE_FEED = 0x0a;
const encoder = new TextEncoder();
const [block = 0] = kernel.blocks;

/** Texts that are written in different ways in JSON, or end where something is looked for. */
const ODD_TEXTS = [
  "/",
  '"',
  "\\",
  "\b",
  "\t",
  "\f",
  "\r",
  "\u2028",
  "\u2029",
  "\u007f",
  "<",
  ">",
  "&",
  "\\u",
  "\\n",
  "\u{1f600}",
];
const TIMES = [
  "2025-03-04T05:06:07.123456789Z",
  "2025-03-04T05:06:07.123456789Z",
  "2025-03-04T05:06:07.123456789Z",
  "2025-03-04T05:06:07Z",
  "2025-03-04T05:06:07.12Z",
  "2025-03-04T05:06:07.12+02:00",
  "2025-03-04",
  "2025-03-04T05:06:07.1234567890123Z",
  "no-time",
  "",
];
/** Behind a shorter time, the Z and the blank of some of these stand where the usual time has its own. */
const STREAMS = ["stdout F ", "stdout F ", "stderr P ", "stdout FZ", "abcdeZ F ", "stdout", " Z Z Z Z Z Z Z Z Z "];

function messageOf(random: Random, hir: Hir): string {
  const count = 1 + random.int(3);
  return Array.from({ length: count }, () => {
    const text = random.oneIn(6) ? random.pick(WORDS) : textNear(random, hir);
    // Half of them lack a character.
    const cut = random.oneIn(2) ? random.int(text.length + 1) : text.length;
    const part = text.slice(0, cut) + text.slice(cut + 1);
    return random.oneIn(8) ? part + random.pick(ODD_TEXTS) : part;
  }).join(random.pick(["", " ", "x", "\n"])).toWellFormed();
}

function plainLine(random: Random, message: string): string {
  return (random.oneIn(3) ? `${random.pick(TIMES)} ` : "") + message;
}

function criLine(random: Random, message: string): string {
  const hole = random.oneIn(20) ? "\0".repeat(1 + random.int(40)) : "";
  const line = `${hole}${random.pick(TIMES)} ${random.pick(STREAMS)}${message}`;
  return random.oneIn(30) ? line.slice(0, random.int(line.length)).toWellFormed() : line;
}

/** A character as JSON may write it, one way or another. */
function jsonCharacter(random: Random, character: string, odd: number): string {
  if (character === "/" && random.oneIn(2)) return "\\/";
  // Programs write these so as a rule.
  const isSpecial = (character < " " || "<>&".includes(character)) && random.oneIn(2);
  if (isSpecial || odd > 0 && random.oneIn(odd)) {
    return Array.from({ length: character.length }, (_, at) => {
      const hex = character.charCodeAt(at).toString(16).padStart(4, "0");
      return `\\u${random.oneIn(2) ? hex.toUpperCase() : hex}`;
    }).join("");
  }
  return JSON.stringify(character).slice(1, -1);
}

function dockerLine(random: Random, message: string): string {
  const odd = random.pick([0, 0, 0, 4, 40]);
  let text = Array.from(message, (character) => jsonCharacter(random, character, odd)).join("");
  if (!random.oneIn(8)) text += "\\n";
  // Escapes that there are not, halves of surrogates, a control character: some of these are no JSON.
  if (random.oneIn(20)) {
    text += random.pick(["\\x", "\\ud800", "\\udc00\\ud83d", "\\", "\\u00", "\t", '"', "\\ud83d\\ude00"]);
  }
  const rest = random.pick([
    '","stream":"stdout","time":"2025-03-04T05:06:07.123456789Z"}',
    '","stream":"stdout","time":"2025-03-04T05:06:07.123456789Z"}',
    '","stream":"stderr","attrs":{"a":"b"},"time":"2025-03-04T05:06:07Z"}',
    '" , "time": "never" }',
    '","stream":"stdout"',
  ]);
  return `${random.oneIn(10) ? ' {"time":"x","log" : "' : '{"log":"'}${text}${rest}`;
}

const FORMATS: readonly (readonly [LineFormat, (random: Random, message: string) => string])[] = [
  [cri, criLine],
  [dockerJson, dockerLine],
  [plainLines, plainLine],
  [strictCri, criLine],
];

/** Lines in the block, and what is to be found of them: the addresses of those that match. */
interface Placed {
  readonly from: number;
  readonly to: number;
  readonly wanted: readonly number[];
}

/** Puts lines into the block, the last one without its line feed now and then, and asks the engine about each. */
function placed(lines: readonly Uint8Array[], { format, matcher, random }: {
  readonly format: LineFormat;
  readonly matcher: Matcher;
  readonly random: Random;
}): Placed {
  const from = block + random.int(40);
  const wanted: number[] = [];
  let at = from;
  let to = from;
  for (const line of lines) {
    kernel.memory.set(line, at);
    to = at + line.length;
    kernel.memory[to] = 0x0a;
    if (format.read(kernel.memory, at, to, head) && line.length > 0) {
      if (matcher.matches(head.text ?? kernel.memory, head.messageStart, head.messageEnd)) wanted.push(at);
    }
    at = to + 1;
  }
  const isOpen = random.oneIn(2);
  kernel.memory.fill(random.pick([0x61, 0x0a, 0x5c, 0x75]), isOpen ? to : at, at + 200);
  return { from, to: isOpen ? to : at, wanted };
}

/** The addresses of the lines that a scan finds in [from, to), from the first to the last. */
function found(scan: Scan, { from, to }: Placed, { backward }: { readonly backward: boolean }): readonly number[] {
  const starts: number[] = [];
  while (from < to) {
    const { rows, rest, long } = (backward ? selectBackward : selectForward)({ from, to, offset: 0 }, scan);
    for (let row = 0; row < rows; row++) starts.push(rowBuffer.lineStart(row));
    const isStuck = rest === (backward ? to : from);
    assert.equal(isStuck, long, "a scan goes on, but for a line that takes more than a time slice");
    if (backward) to = rest;
    else from = rest;
    if (!isStuck) continue;
    // Such a line is judged by itself.
    const feed = kernel.memory.subarray(0, to).indexOf(LINE_FEED, from);
    const end = backward || feed < 0 ? to : feed + 1;
    const start = backward ? kernel.memory.subarray(0, to - 1).lastIndexOf(LINE_FEED) + 1 : from;
    if (matchesLine(scan, Math.max(start, from), kernel.memory[end - 1] === LINE_FEED ? end - 1 : end)) {
      starts.push(Math.max(start, from));
    }
    if (backward) to = Math.max(start, from);
    else from = end;
  }
  return backward ? starts.reverse() : starts;
}

const head = emptyHead();

/** What the engine says of the line [start, end). */
function matchesLine({ format, query }: Scan, start: number, end: number): boolean {
  return format.read(kernel.memory, start, end, head) &&
    query.search?.matcher.matches(head.text ?? kernel.memory, head.messageStart, head.messageEnd) === true;
}

/** Has a choice count texts in lines that are nothing but a few of these, again and again. */
function sampleUnlikeTheRest(scan: Scan, lines: readonly Uint8Array[], random: Random): void {
  const few = Array.from({ length: 1 + random.int(2) }, () => random.pick(lines));
  let at = block;
  for (let line = 0; at < block + SAMPLE_BYTES; line++) {
    const bytes = few[line % few.length] ?? new Uint8Array();
    kernel.memory.set(bytes, at);
    at += bytes.length;
    kernel.memory[at++] = 0x0a;
  }
  scan.choice.sample(block, at);
}

/** Counts of a run. */
const figures = { pairs: 0, matched: 0, plans: 0, chosen: 0, required: 0, exact: 0 };

function checkPattern(random: Random): void {
  const pattern = random.oneIn(4)
    ? randomPattern(random)
    : (random.oneIn(2) ? "(?i)" : "") + patternOfWords(random, random.oneIn(4) ? 2 : 1);
  const hir = parsePattern(pattern);
  const twin = createMatcher(hir);
  const search: Search = compilePattern(pattern);
  const [format, write] = random.pick(FORMATS);
  const messages = Array.from({ length: MESSAGES }, () => messageOf(random, hir));
  const lines = Array.from({ length: LINES }, () => {
    const message = random.pick(messages);
    const line = write(random, format === dockerJson ? message : message.replaceAll("\n", " "));
    const bytes = encoder.encode(line);
    // What is no UTF-8 stands in CRI's lines as it is.
    if (format !== dockerJson && bytes.length > 0 && random.oneIn(20)) bytes[random.int(bytes.length)] = 0xff;
    return bytes;
  });
  const { plan } = createScan({ search }, format);
  figures.exact += plan.exact ? 1 : 0;
  figures.required += plan.required[0] === 0 ? 0 : 1;
  const scans = [plan.bytes, ...plan.others()].map((bytes) => {
    const scan = createScan({ search }, format);
    scan.choice.bytes = bytes;
    return scan;
  });
  figures.plans += scans.length;
  const sampled = createScan({ search }, format);
  sampleUnlikeTheRest(sampled, lines, random);
  if (sampled.choice.bytes !== plan.bytes) figures.chosen++;
  const there = placed(lines, { format, matcher: twin, random });
  for (const scan of [sampled, ...scans]) {
    const backward = random.oneIn(2);
    const starts = found(scan, there, { backward });
    if (starts.length === there.wanted.length && starts.every((start, at) => start === there.wanted[at])) continue;
    const differ = [
      ...there.wanted.filter((start) => !starts.includes(start)).map((start) => ["lost", start] as const),
      ...starts.filter((start) => !there.wanted.includes(start)).map((start) => ["made up", start] as const),
    ].map(([what, start]) => {
      const end = kernel.memory.indexOf(0x0a, start);
      return `${what} ${JSON.stringify(new TextDecoder().decode(kernel.memory.slice(start, end)))}`;
    });
    assert.fail(
      `${JSON.stringify(pattern)} in ${format.kind} lines, backward ${backward}: ${differ.slice(0, 3).join("; ")}`,
    );
  }
  figures.pairs += lines.length;
  figures.matched += there.wanted.length;
}

Deno.test(`a scan finds what the engine finds, by whichever plan: ${PATTERNS} patterns, ${LINES} lines each`, async () => {
  const runs = await checkRandom(checkPattern, { runs: PATTERNS, seed: 20_261_130 });
  assert.equal(figures.pairs, runs * LINES);
  if (runs < 500) return;
  // None of these may be rare, or the comparison would say little.
  const { pairs, matched, plans, chosen, required, exact } = figures;
  const told = JSON.stringify(figures);
  assert.ok(matched > pairs / 5 && matched < pairs * 4 / 5, told);
  assert.ok(plans > 2 * runs && chosen > runs / 20 && required > runs / 10 && exact > runs / 100, told);
});
