import assert from "#assert";
import type { Principal } from "../../auth/identity.ts";
import { Seams } from "./seams.ts";

const somebody: Principal = { kind: "token", token: "one" };
const position = (offset: number, id = "1:1"): { id: string; offset: number } => ({ id, offset });

function offsets(seams: Seams, caller: Principal = somebody, file = "a.log"): number[] {
  return [...seams.of(caller, file).follows()].map(({ offset }) => offset);
}

Deno.test("Seams tells a caller's streams of a log where follows of it have begun that go on", () => {
  const seams = new Seams();
  const first = seams.of(somebody, "a.log").followFrom(position(5));
  const second = seams.of({ ...somebody }, "a.log").followFrom(position(5));
  assert.deepEqual(offsets(seams), [5, 5]);
  assert.deepEqual(offsets(seams, somebody, "b.log"), []);
  assert.deepEqual(offsets(seams, { kind: "token", token: "two" }), []);
  first[Symbol.dispose]();
  first[Symbol.dispose]();
  assert.deepEqual(offsets(seams), [5]);
  const third = seams.of(somebody, "a.log").followFrom(position(9));
  second[Symbol.dispose]();
  assert.deepEqual(offsets(seams), [9]);
  third[Symbol.dispose]();
  assert.deepEqual(offsets(seams), []);
});

Deno.test("Seams tells callers apart by all that they are, however long that is", () => {
  const seams = new Seams();
  const groups = (count: number): string[] => Array.from({ length: count }, (_, group) => `group-${group}`);
  const callers: Principal[] = [1, 2, 1000, 1001].map((count) => ({
    kind: "identity",
    identity: { user: "somebody", groups: groups(count), extra: {} },
  }));
  for (const [offset, caller] of callers.entries()) seams.of(caller, "a.log").followFrom(position(offset));
  for (const [offset, caller] of callers.entries()) assert.deepEqual(offsets(seams, caller), [offset]);
});

Deno.test("Seams tells a follow where the first past ends that was asked for within a second before it", () => {
  let now = 0;
  const seams = new Seams({ clock: () => now });
  const recent = (caller: Principal = somebody, file = "a.log"): number | undefined =>
    seams.of(caller, file).recentPast()?.offset;
  const early = seams.of(somebody, "a.log");
  now = 500;
  seams.of(somebody, "a.log").pastUpTo(position(7));
  early.pastUpTo(position(9));
  assert.equal(recent(), 7);
  assert.equal(recent(somebody, "b.log"), undefined);
  assert.equal(recent({ kind: "token", token: "two" }), undefined);
  now = 1_499;
  assert.equal(recent(), 7);
  now = 1_500;
  assert.equal(recent(), undefined);
  const late = seams.of(somebody, "a.log");
  now = 2_500;
  late.pastUpTo(position(11));
  assert.equal(recent(), undefined, "it was asked for a second ago");
  seams.of(somebody, "a.log").pastUpTo(position(13));
  assert.equal(recent(), 13);
});

Deno.test("Seams remembers so many places at most, and each for a second", () => {
  let now = 0;
  const seams = new Seams({ clock: () => now, maxPlaces: 100 });
  for (let log = 0; log < 250; log++) seams.of(somebody, `${log}.log`).pastUpTo(position(log));
  assert.equal(seams.size, 100);
  assert.equal(seams.of(somebody, "249.log").recentPast()?.offset, 249);
  assert.equal(seams.of(somebody, "149.log").recentPast(), undefined);
  now = 1_000;
  seams.of(somebody, "new.log").pastUpTo(position(1));
  assert.equal(seams.size, 1);
});
