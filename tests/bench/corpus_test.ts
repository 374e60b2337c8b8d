import assert from "#assert";
import { RE2JS } from "re2js";
import { asClientsSend, corpus, type CorpusEntry } from "./corpus.ts";
import { logLines } from "./log_lines.ts";

const LINES = 8_000;
const messages = criMessages(LINES);

function criMessages(lines: number): string[] {
  const decoder = new TextDecoder();
  const text = logLines({ format: "cri", lines }).map((block) => decoder.decode(block)).toArray().join("");
  return text.trimEnd().split("\n").map((line) => line.replace(/^\S+ \S+ [FP] /, ""));
}

function share(entry: CorpusEntry): number {
  const pattern = RE2JS.compile(entry.pattern);
  return messages.filter((message) => pattern.matcher(message).find()).length / LINES;
}

Deno.test("asClientsSend makes a pattern caseless and its blanks tolerant of colour codes", () => {
  const colours = String.raw`(?:(?:\x1B\[[0-9;]*[mK])?)*`;
  assert.equal(asClientsSend(" reset by "), String.raw`(?i)reset${colours}\s${colours}by`);
});

Deno.test("the corpus has at least 24 patterns, each of them once, of every kind", () => {
  assert(corpus.length >= 24);
  assert.equal(new Set(corpus.map(({ pattern }) => pattern)).size, corpus.length);
  assert.equal(new Set(corpus.map(({ kind }) => kind)).size, 10);
});

Deno.test("each pattern of the corpus is found as often as its kind says", () => {
  for (const entry of corpus) {
    const found = share(entry);
    const told = `${entry.typed}: ${found}`;
    if (entry.kind === "every line") assert.equal(found, 1, told);
    else if (entry.kind === "no match") assert.equal(found, 0, told);
    else if (entry.kind === "rare literal") assert(found < 0.002, told);
    else if (entry.kind === "common literal") assert(found > 0.01 && found < 0.5, told);
    assert.equal(entry.dense, found > 0.1, told);
  }
});
