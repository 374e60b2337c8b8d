/**
 * What the made-up programs of the bench say: bodies of log lines, without time and number.
 *
 * Owns how often a thing is said; the corpus of patterns rests on these rates. Never says anything empty, and ends
 * nothing with white space.
 *
 * @module
 */

import { createRandom, type Random } from "../support/random.ts";
import { APPLICATION_SPEECHES, type Speech } from "./_application_bodies.ts";

/** Who speaks in a log: random words among a few well-known forms, or applications. */
export type LogSpeakers = "words" | "applications";

const WORDS = (
  "account alpha backend batch bravo bucket cache candidate channel charlie cluster commit config consumer controller cursor deadline " +
  "delta disk driver endpoint error event fetch flush gateway handler heartbeat index ingress job kernel latency leader lease ledger " +
  "limit listener memory message metric mirror network node object offset order packet page partition payload peer pending pipeline " +
  "policy pool probe producer profile queue quota record region replica request resolver response retry rollout router scheduler " +
  "schema secret segment session shard snapshot socket storage stream subnet sync task tenant thread throttle timeout token topic " +
  "tracker transaction upstream user volume warn watcher worker zone"
).split(" ");
const LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789";

const word = (random: Random): string => random.pick(WORDS);
const code = (random: Random, length: number, radix = 36): string =>
  Array.from({ length }, () => LETTERS[radix === 16 ? (random.int(16) + 26) % 36 : random.int(36)]).join("");
const address = (random: Random): string => `10.${random.int(256)}.${random.int(256)}.${random.int(256)}`;

/** Goes on with words until the line is about as long as a line on a node. */
function stretched(text: string, random: Random): string {
  const length = 88 + random.int(130);
  let out = text;
  while (out.length < length) out += ` ${word(random)}`;
  return out;
}

function access(random: Random): string {
  const status = random.pick([200, 200, 200, 200, 201, 204, 301, 304, 400, 404, 429, 500, 503]);
  const verb = random.pick(["GET", "GET", "GET", "POST", "PUT", "DELETE"]);
  const path = `/api/v${1 + random.int(2)}/${word(random)}s/${random.int(90_000)}`;
  return `${address(random)} - - ${verb} ${path} HTTP/1.1 ${status} ${random.int(20_000)} 0.${random.int(999)} trace=${
    code(random, 32, 16)
  }`;
}

function component(random: Random): string {
  const level = random.pick(["I", "I", "I", "I", "W", "E"]);
  const pod = `${word(random)}-${code(random, 9)}-${code(random, 5)}`;
  return `${level}0304 05:${10 + random.int(49)}:${10 + random.int(49)}.${100_000 + random.int(899_999)}       1 ${
    word(random)
  }.go:${random.int(900)}] ${word(random)} finished for pod ${pod} in ${random.int(900)}ms`;
}

function pairs(random: Random): string {
  const level = random.pick(["info", "info", "info", "debug", "warn", "error"]);
  return `level=${level} msg="${word(random)} ${word(random)} done" caller=${word(random)}.go:${random.int(900)} req=${
    code(random, 12)
  } took=${random.int(900)}ms`;
}

function json(random: Random): string {
  return `{"level":"info","component":"${word(random)}","msg":"<${word(random)}> & ${word(random)}","n":${
    random.int(9_999)
  }}`;
}

const SPEECHES: readonly Speech[] = [
  { perMillion: 380_000, say: (random) => stretched(`${word(random)} ${word(random)}:`, random) },
  { perMillion: 260_000, say: access },
  { perMillion: 150_000, say: (random) => stretched(component(random), random) },
  { perMillion: 110_000, say: (random) => stretched(pairs(random), random) },
  { perMillion: 30_000, say: json },
  {
    perMillion: 35_000,
    say: (random) =>
      `\tat com.example.${word(random)}.${word(random)}.Handler.run(Handler.java:${random.int(900)}) ~[app.jar:1.${
        random.int(40)
      }]`,
  },
  {
    perMillion: 30_000,
    say: (random) => stretched(`\x1b[3${1 + random.int(6)}m${word(random)}\x1b[0m ${word(random)}`, random),
  },
  {
    perMillion: 1_000,
    say: (random) => stretched(`invoice ${100_000 + random.int(9e5)}${100_000 + random.int(9e5)}`, random),
  },
  { perMillion: 600, say: (random) => stretched(`Ο δίσκος γέμισε: ${random.int(900)} αρχεία`, random) },
  { perMillion: 600, say: (random) => stretched(`Größe der Straße ${random.int(900)} geändert`, random) },
  { perMillion: 600, say: (random) => stretched(`ディスクがいっぱいです ${random.int(900)} 🚀`, random) },
  { perMillion: 200, say: (random) => stretched(`read tcp ${address(random)}: connection reset by peer`, random) },
  {
    perMillion: 50,
    say: (random) => stretched(`read tcp: connection \x1b[1;31mreset\x1b[0m by peer, attempt ${random.int(9)}`, random),
  },
  // The long s and the Kelvin sign are folded to s and k.
  { perMillion: 50, say: (random) => stretched(`300 \u212A in the cold \u017Fector ${random.int(900)}`, random) },
  { perMillion: 150, say: (random) => stretched(`payload ${code(random, 4_000 + random.int(9_000), 16)}`, random) },
  { perMillion: 50, say: (random) => stretched(`container ${word(random)} was OOMKilled, exit code 137`, random) },
  { perMillion: 40, say: (random) => stretched(`panic: index ${random.int(900)} out of range`, random) },
  { perMillion: 40, say: (random) => stretched(`fatal: cannot lock ref ${code(random, 8)}`, random) },
  { perMillion: 20, say: (random) => stretched(`segfault at 0 ip ${code(random, 12, 16)} sp 0`, random) },
  { perMillion: 20, say: (random) => stretched(`flux-capacitor overload in sector ${random.int(900)}`, random) },
];

/** So many bodies of a frequent kind are made, and used again and again. */
const LARGEST_POOL = 8_192;

/** Where the next body comes from. */
export interface LogBodies {
  /** All bodies. */
  readonly bodies: readonly string[];
  /** The place of a random body in them. */
  next(random: Random): number;
}

const ALL_SPEECHES: Readonly<Record<LogSpeakers, readonly Speech[]>> = {
  words: SPEECHES,
  applications: APPLICATION_SPEECHES,
};

/** The bodies of one seed. */
export function createLogBodies(seed: number, speakers: LogSpeakers = "words"): LogBodies {
  const random = createRandom(seed);
  const bodies: string[] = [];
  const pools = ALL_SPEECHES[speakers].map(({ perMillion, say }) => {
    const pool = { first: bodies.length, size: Math.min(LARGEST_POOL, 8 + perMillion), perMillion };
    for (let at = 0; at < pool.size; at += 1) bodies.push(say(random));
    return pool;
  });
  return {
    bodies,
    next: (line) => {
      let place = line.int(1_000_000);
      for (const { first, size, perMillion } of pools) {
        place -= perMillion;
        if (place < 0) return first + line.int(size);
      }
      // What the rates leave over goes to the most frequent kind.
      return line.int(LARGEST_POOL);
    },
  };
}
