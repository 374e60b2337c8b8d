import assert from "#assert";
import { inTurns, messagesOf } from "./measure.ts";

Deno.test("messagesOf leaves out the words before a message, and nothing of the message", () => {
  const rg = "2024-03-04T05:07:41.5Z stdout F  a  b\n2024-03-04T05:07:42Z stderr P c\n";
  const ours = "2024-03-04T05:07:41.500000000Z  a  b\n2024-03-04T05:07:42.000000000Z c\n";
  assert.deepEqual(messagesOf(rg, 3), [" a  b", "c"]);
  assert.deepEqual(messagesOf(ours, 1), messagesOf(rg, 3));
  assert.deepEqual(messagesOf("", 3), []);
});

Deno.test("inTurns has each agent first as often as last", () => {
  const rounds = [-1, 0, 1, 2].map((round) => inTurns(["ours", "peer", "before"], round).join());
  const [forward, backward] = ["ours,peer,before", "before,peer,ours"];
  assert.deepEqual(rounds, [backward, forward, backward, forward]);
});
