import assert from "#assert";
import { createLineLimiter, type LineLimiterOptions } from "./line_limiter.ts";

/** A limiter, and a clock to set. */
function limited(options: LineLimiterOptions = {}): {
  limiter: ReturnType<typeof createLineLimiter>;
  clock: { ms: number };
} {
  const clock = { ms: 0 };
  return { limiter: createLineLimiter({ now: () => clock.ms, ...options }), clock };
}

Deno.test("a cause is written once a minute, and the next line of its kind tells how many were held back", () => {
  const { limiter, clock } = limited();
  const cause = { kind: "refused", who: "eve", what: "shop" };
  assert.equal(limiter(cause), 0);
  clock.ms = 59_999;
  assert.equal(limiter(cause), undefined);
  assert.equal(limiter(cause), undefined);
  clock.ms = 60_000;
  assert.equal(limiter(cause), 2);
  assert.equal(limiter(cause), undefined);
});

Deno.test("causes differ by kind, caller and what it was", () => {
  const { limiter } = limited();
  for (const kind of ["a", "b"]) {
    for (const who of ["a", "b", "", undefined]) {
      for (const what of ["a", "b", undefined]) assert.equal(limiter({ kind, who, what }), 0);
    }
  }
  assert.equal(limiter({ kind: "a", who: "b", what: "a" }), undefined);
});

Deno.test("a caller who makes up causes gets a part of the kind's lines, and all others keep theirs", () => {
  const { limiter } = limited();
  const written = (count: number, cause: (i: number) => Parameters<typeof limiter>[0]): number =>
    Array.from({ length: count }, (_, i) => limiter(cause(i))).filter((held) => held !== undefined).length;
  assert.equal(written(10_000, (i) => ({ kind: "refused", who: "eve", what: `${i}` })), 10);
  assert.equal(written(10_000, (i) => ({ kind: "refused", who: "ada", what: `${i}` })), 10);
  assert.equal(written(10_000, (i) => ({ kind: "refused", who: `${i}` })), 80);
  assert.equal(limiter({ kind: "other", who: "eve" }), 0);
});

Deno.test("what is forgotten after a minute makes room, for the kind and for its caller", () => {
  const { limiter, clock } = limited({ maxPerKind: 3, maxPerCaller: 2 });
  const cause = (what: string): Parameters<typeof limiter>[0] => ({ kind: "k", who: "eve", what });
  const seen = ["a", "b", "c"].map((what) => limiter(cause(what)));
  assert.deepEqual(seen, [0, 0, undefined]);
  clock.ms = 60_000;
  assert.deepEqual(["c", "d", "e"].map((what) => limiter(cause(what))), [1, 0, undefined]);
});

Deno.test("of a long text only the beginning tells causes apart", () => {
  const { limiter } = limited();
  const long = "x".repeat(1_000_000);
  assert.equal(limiter({ kind: "k", who: long, what: `${long}1` }), 0);
  assert.equal(limiter({ kind: "k", who: `${long}y`, what: `${long}2` }), undefined);
});
