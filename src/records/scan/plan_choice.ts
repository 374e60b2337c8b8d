/**
 * Which of a search's plans a scan goes by: the one that is cheapest in this log.
 *
 * Every match holds several texts, and a log tells which of them is rare in it: they are counted in a sample of its
 * lines. Where the lines that follow are others, they are counted again. The other texts are checked where that spares
 * verdicts. All this decides only about speed.
 *
 * @module
 */
import type { Kernel } from "../../kernel/kernel.ts";
import { EVERY_LINE, type KernelPlan } from "../../search/plan/kernel_plan.ts";

/** Bytes of lines in which texts are counted. */
export const SAMPLE_BYTES: number = 64 * 1024;
/** Fewer bytes tell too little. */
const MIN_SAMPLE_BYTES = 16 * 1024;
/** They are counted in so many pieces: most texts are given up behind the first. */
const PIECES = 8;
/** What is counted anew: so many times as many lines were tried as the sample let expect … */
const SURPRISE = 4;
/** … in so many bytes, twice as many the next time, so that it never costs much in all. */
const MIN_DISTANCE = 4 * 1024 * 1024;

/**
 * A line that is tried costs as much as so many bytes that are searched for a single text: 30 nanoseconds. This and the
 * costs below were measured on logs of both formats.
 */
const LINE_COST = 1000;
/** Each further text that is looked for in it costs as much as so many bytes more. */
const CHECK_COST = 700;
/** The verdict over a line costs as much as so many bytes more. */
const VERDICT_COST = 4000;
/**
 * What each kind of plan costs, by its number: for a single text, for several, for several by the low nibbles of three
 * bytes, for a single one in JSON, and for several by those of four bytes.
 *
 * `search`: how many times as long as for a single text it takes to search. `comparison`: a comparison, where something
 * like a part of a text stands, costs as much as so many bytes of that, 6 to 20 nanoseconds; behind several texts more,
 * since it is told less well beforehand.
 */
const COSTS = [
  { search: 0, comparison: 0 },
  { search: 1, comparison: 300 },
  { search: 2.3, comparison: 500 },
  { search: 1.25, comparison: 400 },
  { search: 1.6, comparison: 300 },
  { search: 1.65, comparison: 400 },
] as const;

/** What is required beside is not checked where more than this share of the lines has it … */
const MAX_SHARE = 3 / 4;
/** … of so many at least. */
const MIN_LINES = 16;
/** It is checked again where less than half of so many lines match … */
const MIN_VERDICTS = 256;
/** … and, when that was in vain, of so many times as many. */
const VERDICTS_GROWTH = 8;

/** What counts. */
export type Counting = Pick<Kernel, "setPlan" | "countLines" | "comparisons" | "scanLines">;

/** The choice of one scan. */
export class PlanChoice {
  /** The plan that is cheapest, as far as is known. */
  bytes: Uint8Array;
  /** What the lines must hold beside, where it is worth to be checked. */
  required: Uint8Array;
  readonly #plan: KernelPlan;
  #plans: readonly Uint8Array[] | undefined;
  readonly #kernel: Counting;
  /** Lines that are expected to be tried, for each byte. */
  #expected = Infinity;
  #isDue: boolean;
  /** Bytes that were scanned since texts were counted, … */
  #scanned = 0;
  /** … and lines that were tried in them. */
  #tried = 0;
  #distance = MIN_DISTANCE;
  /** Lines that had a verdict while what is required was not checked, … */
  #judged = 0;
  /** … and those that matched. */
  #matched = 0;
  #minVerdicts = MIN_VERDICTS;
  /** Lines that were tried while it was checked, … */
  #checked = 0;
  /** … and those that have it. */
  #kept = 0;

  /** Makes a choice that goes by the plan's first guess. */
  constructor(plan: KernelPlan, kernel: Counting) {
    this.bytes = plan.bytes;
    this.required = plan.required;
    this.#plan = plan;
    this.#kernel = kernel;
    this.#isDue = plan !== EVERY_LINE;
  }

  /** Whether the texts were counted in lines such as the last ones. */
  get isCounted(): boolean {
    return !this.#isDue;
  }

  /** Whether the lines are no longer such as were counted, so that the next ones are to be. */
  get isStale(): boolean {
    return this.#isDue && this.#plans !== undefined;
  }

  /** Counts the texts in the lines at [from, to), if that is due. */
  sample(from: number, to: number): void {
    if (!this.#isDue || this.#plans === undefined && to - from < MIN_SAMPLE_BYTES) return;
    const end = Math.min(to, from + SAMPLE_BYTES);
    let least = Infinity;
    this.#plans ??= [this.#plan.bytes, ...this.#plan.others()];
    for (const bytes of this.#plans) {
      const { cost, lines } = this.#counted(bytes, { from, end, limit: least });
      if (cost >= least) continue;
      const named = this.#isMoreRequired ? this.#named(bytes, { from, end }) : lines;
      const required = lines >= MIN_LINES && named > MAX_SHARE * lines ? EVERY_LINE.required : this.#plan.required;
      const [texts = 0] = required;
      const whole = cost + CHECK_COST * texts * lines + (this.#plan.exact ? 0 : VERDICT_COST * named);
      if (whole >= least) continue;
      least = whole;
      this.bytes = bytes;
      this.#check(required);
      this.#expected = lines / (end - from);
    }
    this.#isDue = false;
    this.#scanned = 0;
    this.#tried = 0;
  }

  get #isMoreRequired(): boolean {
    return this.#plan.required !== EVERY_LINE.required;
  }

  /** How many lines are named by a plan: they have what is required beside. */
  #named(bytes: Uint8Array, { from, end }: { readonly from: number; readonly end: number }): number {
    this.#kernel.setPlan(bytes, this.#plan.required);
    return this.#kernel.scanLines(from, end);
  }

  /** Counts by one plan; where it costs more than `limit`, not to the end. */
  #counted(
    bytes: Uint8Array,
    { from, end, limit }: { readonly from: number; readonly end: number; readonly limit: number },
  ): { readonly cost: number; readonly lines: number } {
    const piece = Math.ceil((end - from) / PIECES);
    const { search, comparison } = COSTS[bytes[0] ?? 0] ?? COSTS[1];
    let cost = search * (end - from);
    let lines = 0;
    this.#kernel.setPlan(bytes);
    for (let at = from; at < end && cost < limit; at += piece) {
      const found = this.#kernel.countLines(at, Math.min(at + piece, end));
      lines += found;
      cost += LINE_COST * found + comparison * this.#kernel.comparisons();
    }
    return { cost, lines };
  }

  /** Notes how many of the named lines matched. */
  noteVerdicts(judged: number, matched: number): void {
    if (this.required === this.#plan.required) return;
    this.#judged += judged;
    this.#matched += matched;
    if (this.#judged >= this.#minVerdicts && 2 * this.#matched < this.#judged) this.#check(this.#plan.required);
  }

  /** Notes how many lines were tried in so many bytes, and how many of them were named: those with what is required. */
  note(
    bytes: number,
    { tried, named, required }: { readonly tried: number; readonly named: number; readonly required: Uint8Array },
  ): void {
    if (this.#plan === EVERY_LINE) return;
    if (this.#isMoreRequired && required === this.#plan.required) this.#noteChecked(tried, named);
    this.#scanned += bytes;
    this.#tried += tried;
    if (this.#scanned < this.#distance || this.#isDue) return;
    // A search costs as much as a line for each so many bytes: fewer lines than that do not matter.
    const expected = SURPRISE * this.#expected + 1 / LINE_COST;
    if (this.#tried > expected * this.#scanned) {
      this.#isDue = true;
      this.#distance *= 2;
    } else {
      this.#scanned = 0;
      this.#tried = 0;
    }
  }

  /** Notes how many lines have what is required beside. */
  #noteChecked(tried: number, named: number): void {
    this.#checked += tried;
    this.#kept += named;
    const isInVain = this.#checked >= MIN_VERDICTS && this.#kept > MAX_SHARE * this.#checked;
    if (!isInVain || this.required !== this.#plan.required) return;
    this.#check(EVERY_LINE.required);
    this.#minVerdicts *= VERDICTS_GROWTH;
  }

  /** Sets what is checked from now on. */
  #check(required: Uint8Array): void {
    this.required = required;
    this.#judged = 0;
    this.#matched = 0;
    this.#checked = 0;
    this.#kept = 0;
  }
}
