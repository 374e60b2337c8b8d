import assert from "#assert";
import { PermissionDeniedError, ReviewUnavailableError } from "../../auth/errors.ts";
import { reauthorizePeriodically } from "./reauthorization.ts";

interface Answered {
  readonly failure: Promise<Error>;
  readonly asked: () => number;
  readonly kept: Disposable;
  readonly reported: readonly unknown[];
}

/** A call whose reviews end with these, one after the other. */
function reviewed(answers: readonly (Error | undefined)[]): Answered {
  const failure = Promise.withResolvers<Error>();
  const { signal } = new AbortController();
  let asked = 0;
  const reported: unknown[] = [];
  const report = (error: unknown): void => void reported.push(error);
  const kept = reauthorizePeriodically({ signal, fail: failure.resolve, report }, {
    reviewMs: 0,
    review: ({ fresh }) => {
      assert(fresh);
      const answer = answers[asked++];
      return answer === undefined ? Promise.resolve() : Promise.reject(answer);
    },
  });
  return { failure: failure.promise, asked: () => asked, kept, reported };
}

Deno.test("reauthorizePeriodically() ends a call with the refusal, and asks no more", async () => {
  const refusal = new PermissionDeniedError("permission denied");
  const { failure, asked, kept } = reviewed([undefined, undefined, refusal]);
  assert.equal(await failure, refusal);
  assert.equal(asked(), 3);
  kept[Symbol.dispose]();
});

Deno.test("reauthorizePeriodically() lets a call go on where there is no answer, and reports that", async () => {
  const refusal = new PermissionDeniedError("permission denied");
  const unavailable = new ReviewUnavailableError("away");
  const { failure, asked, kept, reported } = reviewed([unavailable, undefined, refusal]);
  assert.equal(await failure, refusal);
  assert.deepEqual(reported, [unavailable]);
  assert.equal(asked(), 3);
  kept[Symbol.dispose]();
});

Deno.test("reauthorizePeriodically() stops when it is disposed of", () => {
  const { asked, kept } = reviewed([]);
  kept[Symbol.dispose]();
  assert.equal(asked(), 0);
});
