import assert from "#assert";
import { type DecisionKey, decisionKeys } from "./_decision_key.ts";
import type { Identity, Principal } from "./identity.ts";

/** The key of one question. */
function decisionKey(who: Principal, namespace: string | undefined): DecisionKey {
  return decisionKeys(who).keyOf(namespace);
}

function caller(identity: Partial<Identity> = {}): Principal {
  return { kind: "identity", identity: { user: "alice", groups: [], extra: {}, ...identity } };
}

const token = (text: string): Principal => ({ kind: "token", token: text });

Deno.test("keyOf() is the same whatever the order of groups", () => {
  assert.equal(
    decisionKey(caller({ groups: ["a", "b"] }), "ns").text,
    decisionKey(caller({ groups: ["b", "a"] }), "ns").text,
  );
});

Deno.test("keyOf() is the same whatever the order of extra keys and values", () => {
  assert.equal(
    decisionKey(caller({ extra: { a: ["1", "2"], b: ["3"] } }), "ns").text,
    decisionKey(caller({ extra: { b: ["3"], a: ["2", "1"] } }), "ns").text,
  );
});

Deno.test("keyOf() differs wherever two questions differ", () => {
  const ns = "ns";
  const questions: readonly [Principal, string | undefined][] = [
    [caller(), ns],
    [caller(), "other"],
    [caller(), undefined],
    [caller(), ""],
    [caller(), "null"],
    [caller({ user: "bob" }), ns],
    [caller({ user: "Alice" }), ns],
    [caller({ user: "alice " }), ns],
    [caller({ groups: ["a"] }), ns],
    [caller({ groups: ["b"] }), ns],
    [caller({ groups: ["a", "b"] }), ns],
    [caller({ groups: ["a,b"] }), ns],
    [caller({ groups: ['a","b'] }), ns],
    [caller({ user: "alice\0a" }), ns],
    [caller({ user: 'alice","groups":["a"]' }), ns],
    [caller({ extra: { a: ["b"] } }), ns],
    [caller({ extra: { a: ["b", "c"] } }), ns],
    [caller({ extra: { a: ["b"], c: ["d"] } }), ns],
    [caller({ extra: { a: ["b", "c", "d"] } }), ns],
    [caller({ extra: { "a=b": ["c"] } }), ns],
    [caller({ extra: { a: ["b=c"] } }), ns],
    [caller({ groups: ["ns"] }), undefined],
    [token("alice"), ns],
    [token("Alice"), ns],
    [token("alice"), undefined],
  ];
  assert.equal(new Set(questions.map(([who, namespace]) => decisionKey(who, namespace).text)).size, questions.length);
});

Deno.test("keyOf() is short and holds nothing of a token", () => {
  const key = decisionKey(token("secret"), "ns");
  assert.equal(key.text.length, 44);
  assert.ok(!JSON.stringify(key).includes("secret"));
});

Deno.test("keyOf() tells how much was asked", () => {
  const short = decisionKey(caller(), "ns").askedLength;
  assert.equal(decisionKey(caller({ user: "alice".repeat(2) }), "ns").askedLength, short + 5);
});
