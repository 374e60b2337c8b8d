import assert from "#assert";
import { createSingleFlight } from "./_single_flight.ts";

const signal = new AbortController().signal;

Deno.test("join() starts once for all who ask while it runs, and anew afterwards", async () => {
  const singleFlight = createSingleFlight<number>();
  const outcome = Promise.withResolvers<number>();
  let starts = 0;
  const start = (): Promise<number> => {
    starts++;
    return outcome.promise;
  };
  const all = Array.from({ length: 1_000 }, () => singleFlight.join("a", { start, signal }));
  outcome.resolve(7);
  assert.deepEqual(new Set(await Promise.all(all)), new Set([7]));
  assert.equal(starts, 1);
  await singleFlight.join("a", { start, signal });
  assert.equal(starts, 2);
});

Deno.test("join() keeps keys apart", async () => {
  const singleFlight = createSingleFlight<string>();
  const both = ["a", "b"].map((key) => singleFlight.join(key, { start: () => Promise.resolve(key), signal }));
  assert.deepEqual(await Promise.all(both), ["a", "b"]);
});

Deno.test("join() fails for all who wait, and begins anew for the next", async () => {
  const singleFlight = createSingleFlight<number>();
  let starts = 0;
  const start = (): Promise<number> => Promise.reject(new Error(`failure ${++starts}`));
  const both = await Promise.allSettled([
    singleFlight.join("a", { start, signal }),
    singleFlight.join("a", { start, signal }),
  ]);
  assert.deepEqual(both.map((one) => one.status === "rejected" && one.reason.message), ["failure 1", "failure 1"]);
  await assert.rejects(singleFlight.join("a", { start, signal }), { message: "failure 2" });
});

Deno.test("join() lets one leave without disturbing the others", async () => {
  const singleFlight = createSingleFlight<number>();
  const outcome = Promise.withResolvers<number>();
  const controller = new AbortController();
  let work: AbortSignal | undefined;
  const start = (signal: AbortSignal): Promise<number> => {
    work = signal;
    return outcome.promise;
  };
  const aborted = singleFlight.join("a", { start, signal: controller.signal });
  const other = singleFlight.join("a", { start, signal });
  controller.abort(new Error("gone"));
  await assert.rejects(aborted, { message: "gone" });
  assert.ok(work !== undefined && !work.aborted);
  outcome.resolve(7);
  assert.equal(await other, 7);
});

Deno.test("join() aborts the work when the last one leaves, and the next one begins anew", async () => {
  const singleFlight = createSingleFlight<number>();
  const works: AbortSignal[] = [];
  const start = (signal: AbortSignal): Promise<number> => {
    works.push(signal);
    return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
  };
  const controller = new AbortController();
  const aborted = [1, 2].map(() => singleFlight.join("a", { start, signal: controller.signal }));
  controller.abort(new Error("gone"));
  const outcomes = await Promise.allSettled(aborted);
  assert.deepEqual(outcomes.map((one) => one.status === "rejected" && one.reason.message), ["gone", "gone"]);
  assert.deepEqual(works.map((work) => work.aborted), [true]);
  assert.equal(await singleFlight.join("a", { start: () => Promise.resolve(7), signal }), 7);
});

Deno.test("join() does not begin for one who has already left", async () => {
  const singleFlight = createSingleFlight<number>();
  const start = (): Promise<number> => {
    throw new Error("begun");
  };
  await assert.rejects(singleFlight.join("a", { start, signal: AbortSignal.abort(new Error("gone")) }), {
    message: "gone",
  });
});
