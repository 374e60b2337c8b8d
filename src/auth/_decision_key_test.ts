import { isDeepStrictEqual } from "node:util";
import assert from "#assert";
import fc from "fast-check";
import { checkProperty } from "../../tests/support/property.ts";
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

/** A few names, so that random questions are often the same, with what could be taken for a separator. */
const NAMES = fc.constantFrom("a", "b", "a,b", 'a","b', "a=b", "", "null", "__proto__");

interface Question {
  readonly user: string;
  readonly groups: readonly string[];
  readonly extra: readonly (readonly [string, readonly string[]])[];
  readonly namespace: string | undefined;
}

const QUESTION: fc.Arbitrary<Question> = fc.record({
  user: NAMES,
  groups: fc.uniqueArray(NAMES, { maxLength: 2 }),
  extra: fc.uniqueArray(fc.tuple(NAMES, fc.uniqueArray(NAMES, { minLength: 1, maxLength: 2 })), {
    maxLength: 2,
    selector: ([name]) => name,
  }),
  namespace: fc.option(NAMES, { nil: undefined }),
});

Deno.test("keyOf() is the same for two questions when, and only when, they differ in nothing but order", async () => {
  let same = 0;
  const runs = await checkProperty(fc.tuple(QUESTION, QUESTION, fc.boolean()), ([first, second, isReordered]) => {
    const [one, other] = [first, isReordered ? reordered(first) : second].map(({ user, groups, extra, namespace }) => ({
      key: decisionKey(caller({ user, groups, extra: extraOf(extra) }), namespace).text,
      asked: {
        user,
        groups: new Set(groups),
        extra: new Map(extra.map(([name, values]) => [name, new Set(values)])),
        namespace,
      },
    }));
    const isSame = isDeepStrictEqual(one?.asked, other?.asked);
    if (isSame) same++;
    assert.equal(one?.key === other?.key, isSame);
  }, { runs: 5000 });
  assert.ok(runs < 5000 || same > 2000, `${same} are the same`);
});

function reordered({ groups, extra, ...rest }: Question): Question {
  return {
    ...rest,
    groups: groups.toReversed(),
    extra: extra.toReversed().map(([name, values]) => [name, values.toReversed()]),
  };
}

/** An object that takes any name for a name. */
function extraOf(entries: readonly (readonly [string, readonly string[]])[]): Identity["extra"] {
  const extra: Record<string, readonly string[]> = Object.create(null);
  for (const [name, values] of entries) extra[name] = values;
  return extra;
}

Deno.test("keyOf() is short and holds nothing of a token", () => {
  const key = decisionKey(token("secret"), "ns");
  assert.equal(key.text.length, 44);
  assert.ok(!JSON.stringify(key).includes("secret"));
});

Deno.test("keyOf() tells how much was asked", () => {
  const short = decisionKey(caller(), "ns").askedLength;
  assert.equal(decisionKey(caller({ user: "alice".repeat(2) }), "ns").askedLength, short + 5);
});
