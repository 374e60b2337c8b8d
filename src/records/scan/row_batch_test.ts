import assert from "#assert";
import { kernel } from "../../kernel/kernel.ts";
import { emptyHead } from "../../logs/line_head.ts";
import { sendLines } from "../../../tests/support/send_lines.ts";
import { MAX_MESSAGE_BYTES, type RowBatch, rowBuffer, StaleRowsError } from "./row_batch.ts";

const decoder = new TextDecoder();
const encoder = new TextEncoder();
const LINE = "2025-03-04T05:06:07.000000001Z stdout F text\n";
const RECORD = { seconds: 1, nanos: 2, final: true } as const;

function fillOne(text = "text"): void {
  rowBuffer.fillOne(RECORD, encoder.encode(text));
}

/** A sink that keeps messages. */
function createSink(): { readonly messages: string[]; send(batch: RowBatch): number } {
  const messages: string[] = [];
  const send = (batch: RowBatch): number => {
    for (let row = 0; row < batch.count; row++) messages.push(messageOf(batch, row));
    return batch.count;
  };
  return { messages, send };
}

function messageOf(batch: RowBatch, row: number): string {
  return decoder.decode(batch.bytes.subarray(batch.messageStart(row), batch.messageEnd(row)));
}

Deno.test("rows can be sent once, and not after a wait: they may be another caller's", async () => {
  const sink = createSink();
  fillOne();
  assert.equal(rowBuffer.sendTo(sink, 1), 1);
  assert.throws(() => rowBuffer.sendTo(sink, 1), StaleRowsError, "sent already");
  fillOne();
  assert.throws(() => rowBuffer.sendTo(sink, 2), StaleRowsError, "more than are filled");
  assert.equal(rowBuffer.sendTo(sink, 1), 1, "rows that are refused are not taken");
  fillOne();
  await Promise.resolve();
  assert.throws(() => rowBuffer.sendTo(sink, 1), StaleRowsError, "filled before a wait");
  // Filled and dropped, filled again: the wait that ends the first ones does not end the second ones early.
  fillOne();
  rowBuffer.keep(0);
  fillOne();
  assert.equal(rowBuffer.sendTo(sink, 1), 1);
  assert.deepEqual(sink.messages, ["text", "text", "text"]);
});

Deno.test("a batch that a sink has kept cannot be read when send() has returned, however it has ended", () => {
  for (const fails of [false, true]) {
    const kept: RowBatch[] = [];
    const send = (batch: RowBatch): number => {
      kept.push(batch);
      if (fails) throw new TypeError("Cannot send");
      return batch.count;
    };
    if (fails) assert.throws(() => sendLines({ send }, LINE), TypeError);
    else assert.equal(sendLines({ send }, LINE), 1);
    // The next caller's rows.
    fillOne("another caller's");
    const batch = kept[0] as RowBatch;
    assert.equal(batch.count, 0);
    for (const method of ["seconds", "nanos", "isFinal", "messageStart", "messageEnd", "matchedEnd"] as const) {
      assert.throws(() => batch[method](0), StaleRowsError, method);
    }
    assert.throws(() => batch.writeFrames(1024, 1), StaleRowsError);
    assert.equal(batch.writeFrames(1024).rows, 0);
  }
});

Deno.test("a batch gives its own rows, and no others", () => {
  const send = (batch: RowBatch): number => {
    assert.equal(batch.count, 2);
    assert.deepEqual([batch.seconds(1), batch.nanos(1), batch.isFinal(1)], [1_741_064_767, 1, true]);
    assert.equal(messageOf(batch, 1), "text");
    assert.equal(decoder.decode(batch.bytes.subarray(batch.messageEnd(0), batch.matchedEnd(0))), " \t");
    for (const row of [-1, 2, 8191, NaN]) assert.throws(() => batch.seconds(row), StaleRowsError, String(row));
    assert.throws(() => batch.writeFrames(1024, 3), StaleRowsError);
    assert.equal(batch.writeFrames(1024).rows, 2);
    assert.equal(batch.writeFrames(1024, 1).rows, 1);
    return 2;
  };
  assert.equal(sendLines({ send }, LINE.replace("text", "text \t") + LINE), 2);
});

Deno.test("a sink that takes no record, or more than there are, is a fault that does not go on in silence", () => {
  for (const sent of [0, 3, -1, NaN]) {
    assert.throws(() => sendLines({ send: () => sent }, LINE + LINE), RangeError, String(sent));
  }
});

Deno.test("rows are not filled while a sink reads others", () => {
  const send = (): number => {
    fillOne();
    return 1;
  };
  assert.throws(() => sendLines({ send }, LINE), StaleRowsError);
  assert.equal(sendLines(createSink(), LINE), 1, "the next batch is not in its way");
});

Deno.test("a text that does not fit throws, so that a row never keeps another caller's", () => {
  const sink = createSink();
  rowBuffer.fillOne(RECORD, new Uint8Array(MAX_MESSAGE_BYTES));
  assert.equal(rowBuffer.sendTo(sink, 1), 1);
  assert.throws(() => rowBuffer.fillOne(RECORD, new Uint8Array(MAX_MESSAGE_BYTES + 1)), RangeError);
  assert.throws(() => rowBuffer.sendTo(sink, 1), StaleRowsError, "nothing was filled");
});

Deno.test("a repaired text for which there is no room behind the others is refused, and fits as the first", () => {
  const [address = 0] = kernel.blocks;
  const bytes = 1_000_000;
  kernel.memory.fill(0xff, address, address + bytes);
  const head = { ...emptyHead(), messageStart: address, messageEnd: address + bytes };
  fillOne("");
  assert(rowBuffer.fillFrom(0, head), "three bytes each");
  assert(!rowBuffer.fillFrom(1, head));
  fillOne("");
  assert(rowBuffer.fillFrom(0, head));
});
