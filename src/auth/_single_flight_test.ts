import assert from "#assert";
import { createSingleFlight } from "./_single_flight.ts";

const signal = new AbortController().signal;

Deno.test("join() starts once for all who ask while it runs, and anew afterwards", async () => {
  const flights = createSingleFlight<number>();
  const landing = Promise.withResolvers<number>();
  let starts = 0;
  const start = (): Promise<number> => {
    starts++;
    return landing.promise;
  };
  const all = Array.from({ length: 1_000 }, () => flights.join("a", { start, signal }));
  landing.resolve(7);
  assert.deepEqual(new Set(await Promise.all(all)), new Set([7]));
  assert.equal(starts, 1);
  await flights.join("a", { start, signal });
  assert.equal(starts, 2);
});

Deno.test("join() keeps keys apart", async () => {
  const flights = createSingleFlight<string>();
  const both = ["a", "b"].map((key) => flights.join(key, { start: () => Promise.resolve(key), signal }));
  assert.deepEqual(await Promise.all(both), ["a", "b"]);
});

Deno.test("join() fails for all who wait, and begins anew for the next", async () => {
  const flights = createSingleFlight<number>();
  let starts = 0;
  const start = (): Promise<number> => Promise.reject(new Error(`failure ${++starts}`));
  const both = await Promise.allSettled([flights.join("a", { start, signal }), flights.join("a", { start, signal })]);
  assert.deepEqual(both.map((one) => one.status === "rejected" && one.reason.message), ["failure 1", "failure 1"]);
  await assert.rejects(flights.join("a", { start, signal }), { message: "failure 2" });
});

Deno.test("join() lets one leave without disturbing the others", async () => {
  const flights = createSingleFlight<number>();
  const landing = Promise.withResolvers<number>();
  const leaver = new AbortController();
  let work: AbortSignal | undefined;
  const start = (signal: AbortSignal): Promise<number> => {
    work = signal;
    return landing.promise;
  };
  const leaving = flights.join("a", { start, signal: leaver.signal });
  const staying = flights.join("a", { start, signal });
  leaver.abort(new Error("gone"));
  await assert.rejects(leaving, { message: "gone" });
  assert.ok(work !== undefined && !work.aborted);
  landing.resolve(7);
  assert.equal(await staying, 7);
});

Deno.test("join() aborts the work when the last one leaves, and the next one begins anew", async () => {
  const flights = createSingleFlight<number>();
  const works: AbortSignal[] = [];
  const start = (signal: AbortSignal): Promise<number> => {
    works.push(signal);
    return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
  };
  const leaver = new AbortController();
  const leaving = [1, 2].map(() => flights.join("a", { start, signal: leaver.signal }));
  leaver.abort(new Error("gone"));
  const outcomes = await Promise.allSettled(leaving);
  assert.deepEqual(outcomes.map((one) => one.status === "rejected" && one.reason.message), ["gone", "gone"]);
  assert.deepEqual(works.map((work) => work.aborted), [true]);
  assert.equal(await flights.join("a", { start: () => Promise.resolve(7), signal }), 7);
});

Deno.test("join() does not begin for one who has already left", async () => {
  const flights = createSingleFlight<number>();
  const start = (): Promise<number> => {
    throw new Error("begun");
  };
  await assert.rejects(flights.join("a", { start, signal: AbortSignal.abort(new Error("gone")) }), { message: "gone" });
});
