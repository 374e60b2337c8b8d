import assert from "#assert";
import { inTime } from "./in_time.ts";

const unasked = (): string => assert.fail("the condition is asked only when it is late");

Deno.test("inTime() is settled as the promise is, and then leaves no timer behind", async () => {
  assert.equal(await inTime(unasked, Promise.resolve(7)), 7);
  await assert.rejects(inTime(unasked, Promise.reject(new RangeError("early"))), RangeError);
});

Deno.test("inTime() names what it waited for", async () => {
  const never = new Promise<never>(() => {});
  await assert.rejects(inTime(() => "the third event", never, { deadlineMs: 1 }), {
    message: "Not within 1 ms: the third event",
  });
});
