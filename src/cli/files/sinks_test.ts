import assert from "#assert";
import { kernel } from "../../kernel/kernel.ts";
import { createOutput, type Output, putText, takeAll } from "./output.ts";
import { createCountingSink, createKeepingSink, createPrintingSink, EnoughError } from "./sinks.ts";

const decoder = new TextDecoder();
const { rows } = kernel;

/** The row's nanoseconds, as text. */
function put(out: Output, row: number): void {
  putText(out, `${rows.nanos[row]} `);
}

/** Fills rows with numbers from `first` on. */
function fill(first: number, count: number): number {
  for (let row = 0; row < count; row++) rows.nanos[row] = first + row;
  return count;
}

Deno.test("createPrintingSink() prints every record, and writes when it is asked whether it is ready", async () => {
  const out = createOutput();
  const writes: string[] = [];
  const sink = createPrintingSink({
    out,
    put,
    flush: () => Promise.resolve(void writes.push(decoder.decode(takeAll(out)))),
  });
  assert.equal(sink.send(fill(0, 3)), 3);
  await sink.ready();
  assert.equal(sink.send(fill(3, 1)), 1);
  await sink.ready();
  assert.deepEqual(writes, ["0 1 2 ", "3 "]);
  assert.equal(sink.taken(), 4);
});

Deno.test("createPrintingSink() ends a batch where a mebibyte is full, and with one record at least", () => {
  const out = createOutput();
  const big = "x".repeat(400_000);
  const sink = createPrintingSink({ out, put: (to) => putText(to, big), flush: () => Promise.resolve() });
  assert.equal(sink.send(fill(0, 10)), 3);
  assert.equal(sink.send(fill(0, 10)), 1);
});

Deno.test("createPrintingSink() takes no more than its limit, writes them, and then has enough", async () => {
  const out = createOutput();
  const writes: string[] = [];
  const flush = (): Promise<void> => Promise.resolve(void writes.push(decoder.decode(takeAll(out))));
  const sink = createPrintingSink({ out, put, flush, limit: 3 });
  assert.equal(sink.send(fill(0, 2)), 2);
  await sink.ready();
  assert.equal(sink.send(fill(2, 5)), 1);
  await assert.rejects(sink.ready(), EnoughError);
  assert.deepEqual(writes, ["0 1 ", "2 "]);
  assert.equal(sink.taken(), 3);
});

Deno.test("createCountingSink() counts, and has enough at its limit", async () => {
  const all = createCountingSink();
  assert.equal(all.send(7) + all.send(8), 15);
  await all.ready();
  assert.equal(all.taken(), 15);
  const some = createCountingSink({ limit: 9 });
  assert.equal(some.send(7), 7);
  await some.ready();
  assert.equal(some.send(8), 2);
  await assert.rejects(some.ready(), EnoughError);
  assert.equal(some.taken(), 9);
});

for (const count of [0, 1, 3, 4, 5, 8, 9, 100]) {
  Deno.test(`createKeepingSink() keeps the last four of ${count} records, from either end`, async () => {
    const numbers = Array.from({ length: count }, (_, index) => index);
    const expected = numbers.slice(-4).map((number) => `${number} `).join("");
    const forward = createKeepingSink({ put, limit: 4, backward: false });
    for (let from = 0; from < count;) {
      const taken = forward.send(fill(from, Math.min(3, count - from)));
      from += taken;
      await forward.ready();
    }
    const out = createOutput();
    forward.putKept(out);
    assert.equal(decoder.decode(takeAll(out)), expected);
    assert.equal(forward.taken(), Math.min(count, 4));

    const backward = createKeepingSink({ put, limit: 4, backward: true });
    let asked = 0;
    for (let left = count; left > 0;) {
      rows.nanos.set([left - 1, left - 2, left - 3]);
      asked++;
      left -= backward.send(Math.min(3, left));
      if (backward.taken() === 4) {
        await assert.rejects(backward.ready(), EnoughError);
        break;
      }
      await backward.ready();
    }
    assert(asked <= 2, "not more than are needed");
    backward.putKept(out);
    assert.equal(decoder.decode(takeAll(out)), expected);
    assert.equal(backward.taken(), Math.min(count, 4));
  });
}
