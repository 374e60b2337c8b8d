import assert from "#assert";
import { bearer } from "./bearer_token.ts";
import { InvalidMetadataError, UnauthenticatedError } from "./errors.ts";

Deno.test.each([
  { value: "abc.def-_~+/=" },
  { value: "Bearer abc.def-_~+/=" },
  { value: "bearer abc.def-_~+/=" },
  { value: "BEARER \t abc.def-_~+/= " },
])("bearer() finds the token in $value", ({ value }) => {
  assert.deepEqual(bearer({ authorization: [value] }), { kind: "token", token: "abc.def-_~+/=" });
});

Deno.test("bearer() takes the first of two values", () => {
  assert.deepEqual(bearer({ authorization: ["one", "two"] }), { kind: "token", token: "one" });
});

Deno.test("bearer() takes a token that begins like the scheme", () => {
  assert.deepEqual(bearer({ authorization: ["bearerabc"] }), { kind: "token", token: "bearerabc" });
});

Deno.test("bearer() refuses where there is no token", () => {
  for (const authorization of [[], [""], [" "], ["Bearer"], ["Bearer "], ["bearer \t"], ["Basic YTpi"], ["a b"]]) {
    assert.throws(
      () => bearer({ authorization }),
      (error: unknown) => error instanceof UnauthenticatedError && error.message === "authentication token not found",
    );
  }
});

Deno.test("bearer() refuses what no header could hold, without repeating it", () => {
  for (const value of ["tökén", "a\nb", "a\0", "Bearer \u{1f600}"]) {
    assert.throws(
      () => bearer({ authorization: [value] }),
      (error: unknown) =>
        error instanceof InvalidMetadataError && error.message === "invalid metadata for authorization",
    );
  }
});
