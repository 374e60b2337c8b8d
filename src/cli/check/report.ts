/**
 * What was checked, and what came of it.
 *
 * Promises that a step which fails, or does not end in time, is a finding, and that the next step runs.
 *
 * @module
 */
import { abortable } from "../../scheduling/abortable.ts";
import { messageChain } from "../message_chain.ts";

/** How well a thing is. */
export type Result = "ok" | "warn" | "fail";

/** One thing that was checked. */
export interface Finding {
  /** What it is, in a word or three. */
  readonly check: string;
  /** How well it is. */
  readonly result: Result;
  /** What was found, in one line. */
  readonly message: string;
  /** The same in fields, for programs. */
  readonly details?: Details;
}

/** Fields for programs. */
export type Details = Readonly<Record<string, string | number | boolean | readonly string[]>>;

/** Notes a finding of a step. */
export type Note = (result: Result, message: string, details?: Details) => void;

/** What a step works with. */
export interface StepContext {
  /** Notes a finding. */
  readonly note: Note;
  /** Ends the step's work; the step is over then. */
  readonly signal: AbortSignal;
}

/** One step. */
export interface Step<T> {
  /** What is checked. */
  readonly check: string;
  /** Milliseconds that it may take. */
  readonly limitMs: number;
  /** Does it; what it throws is a failure. */
  readonly run: (context: StepContext) => Promise<T> | T;
}

/** All findings. */
export class Report {
  readonly #onFinding: (finding: Finding) => void;
  readonly #findings: Finding[] = [];

  /** `onFinding` gets each finding as it comes. */
  constructor(onFinding: (finding: Finding) => void) {
    this.#onFinding = onFinding;
  }

  /** The findings so far. */
  get findings(): readonly Finding[] {
    return this.#findings;
  }

  /** The worst of the findings. */
  get result(): Result {
    const has = (result: Result): boolean => this.#findings.some((finding) => finding.result === result);
    return has("fail") ? "fail" : has("warn") ? "warn" : "ok";
  }

  /** Runs a step; resolves to what it returns, or to nothing if it fails. */
  async step<T>({ check, limitMs, run }: Step<T>): Promise<T | undefined> {
    const end = new AbortController();
    const timer = setTimeout(() => end.abort(new Error(`no answer within ${limitMs / 1_000} s`)), limitMs);
    let isOver = false;
    const note: Note = (result, message, details) => {
      // A step that has run out of time may still go on, and has nothing more to say.
      if (!isOver) {
        this.#add({ check, result, message: oneLine(message), ...(details === undefined ? {} : { details }) });
      }
    };
    try {
      return await abortable((async () => await run({ note, signal: end.signal }))(), { signal: end.signal });
    } catch (error) {
      note("fail", messageChain(error));
      return undefined;
    } finally {
      isOver = true;
      clearTimeout(timer);
    }
  }

  #add(finding: Finding): void {
    this.#findings.push(finding);
    this.#onFinding(finding);
  }
}

function oneLine(text: string): string {
  return text.replaceAll(/\s*[\r\n]+\s*/g, " ");
}
