import assert from "#assert";
import { replaced } from "../../../tests/support/replaced.ts";
import { LITTLE_ENDIAN } from "./byte_order.ts";
import { createMessageReader } from "../../../tests/fakes/decode_messages.ts";
import { createMessageWriter } from "./encode.ts";

function container(image: string): Parameters<typeof onlyMessage>[0] {
  return { uid: "u1", container_id: "id", container_name: "name", container_image: image };
}

/** Writes one message and reads it again; tells how long it was and whether it was cut. */
function onlyMessage(
  values: { uid: string; container_id: string; container_name: string; container_image: string },
  options: { readonly maxMessageBytes?: number } = {},
): { readonly values: unknown; readonly length: number; readonly cuts: readonly string[] } {
  const cuts: string[] = [];
  const writer = createMessageWriter({ ...options, onCut: (name) => cuts.push(name) });
  writer.write("pod_container", values);
  const bytes = writer.take();
  const [message] = createMessageReader().read(bytes);
  return { values: { ...message?.values }, length: bytes.length - 8, cuts };
}

const FIXED = 10 + "u1".length + "id".length + "name".length;

Deno.test("createMessageWriter writes a message of 65,535 bytes as it is", () => {
  const values = container("x".repeat(65_535 - FIXED));
  assert.deepEqual(onlyMessage(values), { values, length: 65_535, cuts: [] });
});

Deno.test("createMessageWriter cuts the longest text of a longer message, and tells", () => {
  const values = container("x".repeat(65_535 - FIXED));
  assert.deepEqual(onlyMessage(container("x".repeat(100_000))), { values, length: 65_535, cuts: ["pod_container"] });
});

for (const [character, bytes] of [["é", 2], ["€", 3], ["😀", 4]] as const) {
  Deno.test(`createMessageWriter cuts between two characters: ${character}`, () => {
    for (let pad = 0; pad < bytes; pad++) {
      const given = container("x".repeat(pad) + character.repeat(70_000 / bytes));
      const { values, length, cuts } = onlyMessage(given);
      const image = (values as { container_image: string }).container_image;
      assert(given.container_image.startsWith(image), "a beginning of the text, whole characters only");
      assert(length <= 65_535 && length > 65_535 - bytes, `${length}`);
      assert.equal(cuts.length, 1);
    }
  });
}

Deno.test("createMessageWriter goes on to the next longest text when one is not enough", () => {
  const given = {
    uid: "a".repeat(40),
    container_id: "b".repeat(50),
    container_name: "c".repeat(10),
    container_image: "",
  };
  const { values, length } = onlyMessage(given, { maxMessageBytes: 10 + 30 });
  assert.deepEqual(values, {
    uid: "a".repeat(20),
    container_id: "",
    container_name: "c".repeat(10),
    container_image: "",
  });
  assert.equal(length, 40);
});

Deno.test("createMessageWriter writes what is no character as a replacement, and grows", () => {
  const writer = createMessageWriter();
  const uids = Array.from({ length: 3_000 }, (_, index) => `${index}\ud800`.repeat(10));
  for (const uid of uids) writer.write("pod_delete", { uid });
  const messages = createMessageReader().read(writer.take());
  assert.deepEqual(messages.map(({ values }) => values["uid"]), uids.map((uid) => uid.toWellFormed()));
  assert.equal(writer.take().length, 0);
});

Deno.test("createMessageWriter stamps messages with the time of day, also once the clock was set", () => {
  let wall = 1_700_000_000_000;
  let monotonic = 0;
  using _wall = replaced(Date, "now", () => wall);
  using _monotonic = replaced(performance, "now", () => monotonic);
  const writer = createMessageWriter();
  const stamp = (): number => {
    writer.write("heartbeat", {});
    const { buffer, byteOffset } = writer.take();
    return Number(new DataView(buffer, byteOffset).getBigUint64(0, LITTLE_ENDIAN) / 1_000_000n);
  };
  assert.equal(stamp(), 1_700_000_000_000);
  monotonic = 5_000;
  wall = 1_600_000_000_000;
  assert.equal(stamp(), 1_600_000_000_000);
});
