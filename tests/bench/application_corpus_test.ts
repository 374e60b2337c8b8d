import assert from "#assert";
import { DIGIT, HEX } from "./_application_bodies.ts";
import { createLogBodies } from "./_log_bodies.ts";
import { applicationCorpus } from "./application_corpus.ts";
import type { CorpusEntry } from "./corpus.ts";
import { logLines } from "./log_lines.ts";

const LINES = 20_000;
const messages = criMessages(LINES);
const bodies = createLogBodies(1, "applications").bodies
  .flatMap((body) => body.split("\n"))
  .map((line) => line.replaceAll(new RegExp(`[${DIGIT}${HEX}]`, "g"), "7"));

function criMessages(lines: number): string[] {
  const decoder = new TextDecoder();
  const blocks = logLines({ format: "cri", lines, speakers: "applications" });
  const text = blocks.map((block) => decoder.decode(block)).toArray().join("");
  return text.trimEnd().split("\n").map((line) => line.replace(/^\S+ \S+ [FP] /, ""));
}

/** JavaScript's meaning is that of Rust for all that these patterns use. */
function compiled({ pattern }: CorpusEntry): RegExp {
  return pattern.startsWith("(?i)") ? new RegExp(pattern.slice(4), "i") : new RegExp(pattern);
}

Deno.test("the patterns for applications are at least 24, each of them once", () => {
  assert(applicationCorpus.length >= 24);
  assert.equal(new Set(applicationCorpus.map(({ pattern }) => pattern)).size, applicationCorpus.length);
});

Deno.test("each pattern for applications is found, but for those of the kind that is not", () => {
  for (const entry of applicationCorpus) {
    const pattern = compiled(entry);
    const found = bodies.some((line) => pattern.test(line)) || messages.some((line) => pattern.test(line));
    assert.equal(found, entry.kind !== "no match", entry.typed);
  }
});

Deno.test("a pattern for applications is dense where more than a tenth of the lines match", () => {
  for (const entry of applicationCorpus) {
    const pattern = compiled(entry);
    const share = messages.filter((line) => pattern.test(line)).length / LINES;
    assert.equal(share > 0.1, entry.dense, `${entry.typed}: ${share}`);
  }
});
