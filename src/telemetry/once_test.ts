import assert from "#assert";
import { createOnce } from "./once.ts";

Deno.test("createOnce tells the first time of each key", () => {
  const first = createOnce();
  assert.deepEqual(["a", "b", "a", "", "b", ""].map(first), [
    true,
    true,
    false,
    true,
    false,
    false,
  ]);
});

Deno.test("createOnce tells no more keys than its bound", () => {
  const first = createOnce({ maxKeys: 2 });
  assert.deepEqual(["a", "b", "c", "c", "a"].map(first), [
    true,
    true,
    false,
    false,
    false,
  ]);
});

Deno.test("createOnce forgets all keys after its period", () => {
  let time = 0;
  const first = createOnce({ maxKeys: 1, periodMs: 100, now: () => time });
  const told: string[] = [];
  for (
    const [at, key] of [
      [0, "a"],
      [99, "a"],
      [99, "b"],
      [100, "b"],
      [100, "a"],
      [199, "a"],
      [200, "a"],
    ] as const
  ) {
    time = at;
    if (first(key)) told.push(`${key} at ${at}`);
  }
  assert.deepEqual(told, ["a at 0", "b at 100", "a at 200"]);
});
