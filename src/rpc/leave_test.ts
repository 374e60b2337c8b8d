import assert from "#assert";
import { PermissionDeniedError, ReviewUnavailableError } from "../auth/errors.ts";
import { keepReviewed } from "./leave.ts";

interface Answered {
  readonly failure: Promise<Error>;
  readonly asked: () => number;
  readonly kept: Disposable;
}

/** A call whose reviews end with these, one after the other. */
function reviewed(answers: readonly (Error | undefined)[]): Answered {
  const failure = Promise.withResolvers<Error>();
  const { signal } = new AbortController();
  let asked = 0;
  const kept = keepReviewed({ signal, fail: failure.resolve }, {
    reviewMs: 0,
    review: ({ fresh }) => {
      assert(fresh);
      const answer = answers[asked++];
      return answer === undefined ? Promise.resolve() : Promise.reject(answer);
    },
  });
  return { failure: failure.promise, asked: () => asked, kept };
}

Deno.test("keepReviewed() ends a call with the refusal, and asks no more", async () => {
  const refusal = new PermissionDeniedError("permission denied");
  const { failure, asked, kept } = reviewed([undefined, undefined, refusal]);
  assert.equal(await failure, refusal);
  assert.equal(asked(), 3);
  kept[Symbol.dispose]();
});

Deno.test("keepReviewed() lets a call go on where there is no answer", async () => {
  const refusal = new PermissionDeniedError("permission denied");
  const { failure, asked, kept } = reviewed([new ReviewUnavailableError("away"), undefined, refusal]);
  assert.equal(await failure, refusal);
  assert.equal(asked(), 3);
  kept[Symbol.dispose]();
});

Deno.test("keepReviewed() stops when it is disposed of", () => {
  const { asked, kept } = reviewed([]);
  kept[Symbol.dispose]();
  assert.equal(asked(), 0);
});
