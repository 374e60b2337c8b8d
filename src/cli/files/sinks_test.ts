import assert from "#assert";
import { sendLines } from "../../../tests/support/send_lines.ts";
import type { RowBatch } from "../../records/scan/row_batch.ts";
import { createOutput, type Output, putText, takeAll } from "./output.ts";
import { createCountingSink, createKeepingSink, createPrintingSink, EnoughError } from "./sinks.ts";

const decoder = new TextDecoder();

/** Puts a record's nanoseconds as text. */
function put(out: Output, batch: RowBatch, row: number): void {
  putText(out, `${batch.nanos(row)} `);
}

/** Lines whose times have these nanoseconds. */
function linesOf(nanos: readonly number[]): string {
  return nanos.map((n) => `1970-01-01T00:00:00.${String(n).padStart(9, "0")}Z stdout F x\n`).join("");
}

/** Lines with the numbers from `first` on. */
function fill(first: number, count: number): string {
  return linesOf(Array.from({ length: count }, (_, index) => first + index));
}

Deno.test("createPrintingSink() prints every record, and writes when it is asked whether it is ready", async () => {
  const out = createOutput();
  const writes: string[] = [];
  const sink = createPrintingSink({
    out,
    put,
    flush: () => Promise.resolve(void writes.push(decoder.decode(takeAll(out)))),
  });
  assert.equal(sendLines(sink, fill(0, 3)), 3);
  await sink.ready();
  assert.equal(sendLines(sink, fill(3, 1)), 1);
  await sink.ready();
  assert.deepEqual(writes, ["0 1 2 ", "3 "]);
  assert.equal(sink.taken(), 4);
});

Deno.test("createPrintingSink() ends a batch where a mebibyte is full, and with one record at least", () => {
  const out = createOutput();
  const big = "x".repeat(400_000);
  const sink = createPrintingSink({ out, put: (to) => putText(to, big), flush: () => Promise.resolve() });
  assert.equal(sendLines(sink, fill(0, 10)), 3);
  assert.equal(sendLines(sink, fill(0, 10)), 1);
});

Deno.test("createPrintingSink() takes no more than its limit, writes them, and then has enough", async () => {
  const out = createOutput();
  const writes: string[] = [];
  const flush = (): Promise<void> => Promise.resolve(void writes.push(decoder.decode(takeAll(out))));
  const sink = createPrintingSink({ out, put, flush, limit: 3 });
  assert.equal(sendLines(sink, fill(0, 2)), 2);
  await sink.ready();
  assert.equal(sendLines(sink, fill(2, 5)), 1);
  await assert.rejects(sink.ready(), EnoughError);
  assert.deepEqual(writes, ["0 1 ", "2 "]);
  assert.equal(sink.taken(), 3);
});

Deno.test("createCountingSink() counts, and has enough at its limit", async () => {
  const all = createCountingSink();
  assert.equal(sendLines(all, fill(0, 7)) + sendLines(all, fill(0, 8)), 15);
  await all.ready();
  assert.equal(all.taken(), 15);
  const some = createCountingSink({ limit: 9 });
  assert.equal(sendLines(some, fill(0, 7)), 7);
  await some.ready();
  assert.equal(sendLines(some, fill(0, 8)), 2);
  await assert.rejects(some.ready(), EnoughError);
  assert.equal(some.taken(), 9);
});

for (const count of [0, 1, 3, 4, 5, 8, 9, 100]) {
  Deno.test(`createKeepingSink() keeps the last four of ${count} records, from either end`, async () => {
    const numbers = Array.from({ length: count }, (_, index) => index);
    const expected = numbers.slice(-4).map((number) => `${number} `).join("");
    const forward = createKeepingSink({ put, limit: 4, backward: false });
    for (let from = 0; from < count;) {
      const taken = sendLines(forward, fill(from, Math.min(3, count - from)));
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
      asked++;
      left -= sendLines(backward, linesOf([left - 1, left - 2, left - 3].filter((n) => n >= 0)));
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
