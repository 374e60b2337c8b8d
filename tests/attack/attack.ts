/**
 * What an attack is: what it does, within bounds, and what must hold meanwhile and after.
 *
 * @module
 */
import type { ContainerLog } from "../fakes/log_tree.ts";
import type { Leaf } from "../fakes/certificates.ts";
import type { AttackCheck } from "./checks.ts";

/** What an attack works with. */
export interface AttackScene {
  /** The agent's port on 127.0.0.1. */
  readonly port: number;
  /** Who has signed its certificate. */
  readonly ca: string;
  /** A certificate that it lets in. */
  readonly leaf: Leaf;
  /** A certificate of an authority that it does not know. */
  readonly strangerLeaf: Leaf;
  /** Whether numbers and times are small. */
  readonly quick: boolean;
  /** A log of some megabytes, of which every line is known. */
  readonly log: ContainerLog;
  /** A log that is long: 100 MiB, or 8 when quick. */
  readonly longLog: ContainerLog;
  /** Memory that the agent holds now, in bytes. */
  rss(): Promise<number>;
  /** The number in full, or the small one when quick. */
  scale(full: number, quick: number): number;
  /** Waits. */
  pause(ms: number): Promise<void>;
}

/** What became of it. */
export interface AttackOutcome {
  /** What was done, with its number: `2000 connections`. */
  readonly done: string;
  /** How connections or calls ended, counted. */
  readonly endings: Readonly<Record<string, number>>;
  /** What holds for this attack only. @default none */
  readonly checks?: readonly AttackCheck[];
}

/** An attack. */
export interface Attack {
  /** Its name on the command line. */
  readonly name: string;
  /** What is done, in a few words. */
  readonly what: string;
  /** The most memory that the agent may hold meanwhile, in MiB. @default {128} */
  readonly mostMib?: number;
  /** Does it; resolves when the agent has had it all, with nothing left open. */
  run(scene: AttackScene): Promise<AttackOutcome>;
}

/** Counts how things ended. */
export function tally(endings: Iterable<string>): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const ending of endings) counts[ending] = (counts[ending] ?? 0) + 1;
  return counts;
}
