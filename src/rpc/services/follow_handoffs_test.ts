import assert from "#assert";
import type { Principal } from "../../auth/identity.ts";
import { FollowHandoffs } from "./follow_handoffs.ts";

const somebody: Principal = { kind: "token", token: "one" };
const position = (offset: number, id = "1:1"): { id: string; offset: number } => ({ id, offset });

function offsets(handoffs: FollowHandoffs, caller: Principal = somebody, file = "a.log"): number[] {
  return [...handoffs.of(caller, file).openFollows()].map(({ offset }) => offset);
}

Deno.test("FollowHandoffs tells a caller's streams of a log where follows of it have begun that go on", () => {
  const handoffs = new FollowHandoffs();
  const first = handoffs.of(somebody, "a.log").beginFollow(position(5));
  const second = handoffs.of({ ...somebody }, "a.log").beginFollow(position(5));
  assert.deepEqual(offsets(handoffs), [5, 5]);
  assert.deepEqual(offsets(handoffs, somebody, "b.log"), []);
  assert.deepEqual(offsets(handoffs, { kind: "token", token: "two" }), []);
  first[Symbol.dispose]();
  first[Symbol.dispose]();
  assert.deepEqual(offsets(handoffs), [5]);
  const third = handoffs.of(somebody, "a.log").beginFollow(position(9));
  second[Symbol.dispose]();
  assert.deepEqual(offsets(handoffs), [9]);
  third[Symbol.dispose]();
  assert.deepEqual(offsets(handoffs), []);
});

Deno.test("FollowHandoffs tells callers apart by all that they are, however long that is", () => {
  const handoffs = new FollowHandoffs();
  const groups = (count: number): string[] => Array.from({ length: count }, (_, group) => `group-${group}`);
  const callers: Principal[] = [1, 2, 1000, 1001].map((count) => ({
    kind: "identity",
    identity: { user: "somebody", groups: groups(count), extra: {} },
  }));
  for (const [offset, caller] of callers.entries()) handoffs.of(caller, "a.log").beginFollow(position(offset));
  for (const [offset, caller] of callers.entries()) assert.deepEqual(offsets(handoffs, caller), [offset]);
});

Deno.test("FollowHandoffs tells a follow where the first past ends that was asked for within a second before it", () => {
  let now = 0;
  const handoffs = new FollowHandoffs({ clock: () => now });
  const recent = (caller: Principal = somebody, file = "a.log"): number | undefined =>
    handoffs.of(caller, file).recentEnd()?.offset;
  const early = handoffs.of(somebody, "a.log");
  now = 500;
  handoffs.of(somebody, "a.log").noteEnd(position(7));
  early.noteEnd(position(9));
  assert.equal(recent(), 7);
  assert.equal(recent(somebody, "b.log"), undefined);
  assert.equal(recent({ kind: "token", token: "two" }), undefined);
  now = 1_499;
  assert.equal(recent(), 7);
  now = 1_500;
  assert.equal(recent(), undefined);
  const late = handoffs.of(somebody, "a.log");
  now = 2_500;
  late.noteEnd(position(11));
  assert.equal(recent(), undefined, "it was asked for a second ago");
  handoffs.of(somebody, "a.log").noteEnd(position(13));
  assert.equal(recent(), 13);
});

Deno.test("FollowHandoffs remembers so many places at most, and each for a second", () => {
  let now = 0;
  const handoffs = new FollowHandoffs({ clock: () => now, maxEnds: 100 });
  for (let log = 0; log < 250; log++) handoffs.of(somebody, `${log}.log`).noteEnd(position(log));
  assert.equal(handoffs.size, 100);
  assert.equal(handoffs.of(somebody, "249.log").recentEnd()?.offset, 249);
  assert.equal(handoffs.of(somebody, "149.log").recentEnd(), undefined);
  now = 1_000;
  handoffs.of(somebody, "new.log").noteEnd(position(1));
  assert.equal(handoffs.size, 1);
});
