import assert from "#assert";
import fc from "fast-check";
import { checkProperty, checkRandom } from "./property.ts";
import type { Random } from "./random.ts";

/** The error with which a check ends. */
async function failureOf(check: Promise<number>): Promise<Error> {
  try {
    await check;
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new assert.AssertionError({ message: "the property holds" });
}

function words(random: Random): string[] {
  return Array.from(
    { length: random.int(40) },
    () => Array.from({ length: random.int(9) }, () => random.pick([..."abcdefgh"])).join(""),
  );
}

/** Fails where a word has a `g`. */
function hasNoG(random: Random): void {
  const text = words(random);
  assert.ok(!text.some((word) => word.includes("g")), JSON.stringify(text));
}

Deno.test("checkRandom() shrinks a failure to the smallest one, and names its seed", async () => {
  const error = await failureOf(checkRandom(hasNoG, { runs: 100 }));
  assert.match(error.message, /^SEED=\d+ SEEDS=1 gives this again, shrunk \d+ times: draws 1 1 6\n\["g"\]/);
});

Deno.test("checkRandom() finds the same failure from the seed that it has named", async () => {
  const { message } = await failureOf(checkRandom(hasNoG, { runs: 100 }));
  const seed = Number(/^SEED=(\d+)/.exec(message)?.[1]);
  assert.equal((await failureOf(checkRandom(hasNoG, { runs: 1, seed }))).message, message);
});

Deno.test("checkRandom() tries as many inputs as it is asked to, all of them different", async () => {
  const inputs = new Set<string>();
  await checkRandom((random) => void inputs.add([1, 2, 3].map(() => random.int(1000)).join()), { runs: 200 });
  assert.equal(inputs.size, 200);
});

Deno.test("checkRandom() ends soon where any input fails", async () => {
  let runs = 0;
  const error = await failureOf(checkRandom((random) => {
    runs++;
    for (let draw = 0; draw < 20_000; draw++) random.int(1000);
    throw new Error("never");
  }, { runs: 10 }));
  assert.match(error.message, /\nnever$/);
  assert.ok(runs < 10_000, `${runs} runs`);
});

Deno.test("checkProperty() shrinks what fast-check makes, and waits for what is asynchronous", async () => {
  const error = await failureOf(checkProperty(fc.array(fc.nat({ max: 1000 })), async (numbers) => {
    await Promise.resolve();
    assert.ok(!numbers.some((number) => number > 17), "too large");
  }, { runs: 50 }));
  assert.match(error.message, /^SEED=\d+ SEEDS=1 gives this again, shrunk \d+ times: \[18\]\ntoo large$/);
});
