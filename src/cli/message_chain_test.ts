import assert from "#assert";
import { messageChain } from "./message_chain.ts";

Deno.test("messageChain() joins the messages of an error and of its causes", () => {
  const cause = new Error("connect ECONNREFUSED", { cause: "a text" });
  assert.equal(messageChain(new Error("Cannot ask", { cause })), "Cannot ask: connect ECONNREFUSED: a text");
  assert.equal(messageChain("a text"), "a text");
});

Deno.test("messageChain() tells a cause once whose message the error has already", () => {
  const cause = new Error("Requires read access", { cause: new Error("denied") });
  assert.equal(
    messageChain(new Error("Cannot read the file: Requires read access: denied", { cause })),
    "Cannot read the file: Requires read access: denied",
  );
  assert.equal(
    messageChain(new Error("Cannot read the file: Requires read access", { cause: new Error("") })),
    "Cannot read the file: Requires read access",
  );
});
