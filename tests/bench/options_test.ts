import assert from "#assert";
import { BenchUsageError, parseOptions } from "./options.ts";

Deno.test("parseOptions keeps results of the whole bench, and of nothing less", () => {
  const whole = parseOptions([]);
  assert.match(whole.out ?? "", /tests\/bench\/results$/);
  assert.deepEqual([whole.quick, whole.rounds, whole.only.length], [false, 5, 10]);
  for (
    const args of [["--quick"], ["--only", "eight"], ["--pattern", "x"], ["--no-peer"], ["--bundle", "b.js"], [
      "--by",
      "CPU",
    ]]
  ) {
    assert.equal(parseOptions(args).out, undefined, args.join(" "));
  }
  assert.equal(parseOptions(["--quick", "--out", "here"]).out, "here");
});

Deno.test("parseOptions takes a scenario more than once, and one round when it has to be quick", () => {
  const options = parseOptions(["--quick", "--only", "eight", "--only", "records", "--pattern", "^a"]);
  assert.deepEqual([options.only, options.rounds, options.pattern.source], [["eight", "records"], 1, "^a"]);
});

Deno.test("parseOptions refuses what it does not know", () => {
  for (
    const args of [["--only", "nine"], ["--rounds", "0"], ["--rounds", "x"], ["--what"], ["more"], ["--by", "sun"], [
      "--pattern",
      "(",
    ]]
  ) {
    assert.throws(() => parseOptions(args), BenchUsageError, args.join(" "));
  }
});

Deno.test("parseOptions takes a bundle to compare with by its file or its folder", () => {
  assert.deepEqual(["old/main.js", "old"].map((before) => parseOptions(["--before", before]).before), [
    "old/main.js",
    "old/main.js",
  ]);
  assert.equal(parseOptions(["--by", "CPU"]).clock, "CPU");
});
