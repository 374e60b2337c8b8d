import assert from "#assert";
import { createMessageReader, type Message, MessageError } from "../fakes/decode_messages.ts";
import { createMessageWriter, type MessageWriter } from "../../src/collector/wire/encode.ts";
import type { MessageName, MessageValues } from "../../src/collector/wire/layouts.ts";
import { createFrameReader } from "../fakes/lz4_decode.ts";
import { createFrameWriter } from "../../src/collector/wire/lz4_frame.ts";
import { recorded, recordedLines } from "./recorded.ts";

const GOLDEN: { readonly [Name in MessageName]?: MessageValues<Name> } = {
  version_info: { major: 0, minor: 11, patch: 0 },
  connect: { collector_type: 3, hostname: "host" },
  health_check: { client_type: 7, origin: "host" },
  report_cpu_cores: { cpu_core_count: 4 },
  set_config_label: { key: "env", value: "prod1" },
  cloud_platform: { cloud_platform: 0 },
  set_node_info: { az: "", role: "", instance_id: "host", instance_type: "" },
  metadata_complete: { time: 0n },
  pod_resync: { resync_count: 7n },
  pod_new_with_name: {
    uid: "u1",
    ip: 0x0a00_0001,
    owner_name: "web",
    pod_name: "web-1-x",
    owner_kind: 1,
    owner_uid: "d1",
    is_host_network: 0,
    ns: "ns",
    version: "'a:1','b:2'",
  },
  pod_container: { uid: "u1", container_id: "containerd://c1", container_name: "c", container_image: "img:1" },
  pod_delete: { uid: "u1" },
  heartbeat: {},
  collector_health: { status: 0, detail: 0 },
  pulse: {},
};

/** Writes a message whose name is known only when the test runs. */
function write(writer: MessageWriter, name: string, values: unknown): void {
  writer.write(name as "connect", values as MessageValues<"connect">);
}

for (const line of await recordedLines("wire_golden.txt")) {
  const [name = "", hex = ""] = line.split(" ");
  Deno.test(`${name} is written to the byte as the reference writes it, and read again`, () => {
    const values = GOLDEN[name as MessageName] ?? assert.fail(name);
    const writer = createMessageWriter({ now: () => 0x0102_0304_0506_0708n });
    write(writer, name, values);
    const bytes = writer.take();
    assert.equal(bytes.toHex(), hex);
    const [message, ...more] = createMessageReader().read(bytes);
    assert.deepEqual(more, []);
    assert.deepEqual({ ...message?.values }, { ...values });
    assert.equal(message?.timestamp, 0x0102_0304_0506_0708n);
  });
}

/** A message in the dress of the recorded lines. */
function shown({ name, id, timestamp, values }: Message): unknown {
  const data = Object.entries(values).map(([key, value]) => {
    if (typeof value === "bigint") return [key, String(value)];
    return [key, key === "ip" ? [24, 16, 8, 0].map((bits) => (Number(value) >>> bits) & 255).join(".") : value];
  });
  return { name, rpc_id: id, timestamp: String(timestamp), data: Object.fromEntries(data) };
}

/** A stream as it comes over the wire: one plain message, and LZ4 behind it. */
function readStream(stream: Uint8Array, pieceBytes: number): readonly Message[] {
  const plain = createMessageReader();
  const packed = createMessageReader();
  const frames = createFrameReader();
  const messages: Message[] = [];
  for (let at = 0; at < stream.length; at += pieceBytes) {
    let piece = stream.subarray(at, at + pieceBytes);
    if (messages.length === 0) {
      messages.push(...plain.read(piece, 1));
      piece = messages.length === 0 ? new Uint8Array() : plain.pending;
    }
    messages.push(...packed.read(frames.read(piece)));
  }
  assert.equal(packed.pending.length, 0);
  return messages;
}

for (const name of ["intake_stream_legacy.bin", "intake_stream_port.bin", "intake_stream_raw.bin.gz"]) {
  for (const pieceBytes of [7, 4_096]) {
    Deno.test(`${name} reads as recorded in pieces of ${pieceBytes} bytes`, async () => {
      const messages = readStream(await recorded(name), pieceBytes);
      const expected = (await recordedLines("intake_expected.jsonl.gz")).map((line) => JSON.parse(line));
      assert.deepEqual(messages.map(shown), expected);
    });
  }
}

Deno.test("what is recorded is written to the same messages, in a fifth of the bytes", async () => {
  const messages = readStream(await recorded("intake_stream_port.bin"), 4_096);
  const stamps = messages.map(({ timestamp }) => timestamp);
  const writer = createMessageWriter({ now: () => stamps.shift() ?? assert.fail() });
  const frame = createFrameWriter();
  const flushes: Uint8Array[] = [];
  let plainBytes = 0;
  for (const { name, values } of messages) {
    write(writer, name, values);
    if (writer.length < 16_384) continue;
    plainBytes += writer.length;
    flushes.push(frame.write(writer.take()));
  }
  plainBytes += writer.length;
  flushes.push(frame.write(writer.take()));
  const frames = createFrameReader();
  const reader = createMessageReader();
  assert.deepEqual(flushes.flatMap((flush) => reader.read(frames.read(flush))), messages);
  const bytes = flushes.reduce((sum, flush) => sum + flush.length, 0);
  assert(bytes < plainBytes / 4, `${bytes} of ${plainBytes}`);
});

for (
  const [what, hex] of [
    ["a number that stands for nothing", "0000000000000000e803"],
    ["a length that does not hold the fixed part", "0000000000000000ee010900000000000000"],
    ["a text that goes beyond the end", "0000000000000000ee010a00010000000000"],
  ] as const
) {
  Deno.test(`a message with ${what} is refused`, () => {
    assert.throws(() => createMessageReader().read(Uint8Array.fromHex(hex)), MessageError);
  });
}
