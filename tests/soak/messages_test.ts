import assert from "#assert";
import { Buffer } from "node:buffer";
import { services } from "../../src/rpc/descriptor.ts";
import { grpcMessage } from "../support/raw_http2.ts";
import { messageOf, MessageReader } from "./messages.ts";

Deno.test("messages are read from pieces of any length whose bytes are overwritten afterwards", () => {
  const texts = ["", "a", "two words", "x".repeat(300)];
  const bytes = Buffer.concat(texts.map((message) =>
    grpcMessage(
      services.logRecords.StreamForward.responseSerialize({
        timestamp: { seconds: 18, nanos: 18 },
        message,
        is_final: message !== "a",
      }),
    )
  ));
  for (let length = 1; length <= bytes.length; length += 1) {
    const read: string[] = [];
    const reader = new MessageReader((record) => read.push(new TextDecoder().decode(messageOf(record))));
    const lent = Buffer.alloc(length);
    for (let at = 0; at < bytes.length; at += length) {
      const count = bytes.copy(lent, 0, at);
      reader.take(lent.subarray(0, count));
      lent.fill(0xff);
    }
    assert.deepEqual(read, texts, `pieces of ${length}`);
  }
});
