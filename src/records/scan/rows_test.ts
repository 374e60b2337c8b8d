import assert from "#assert";
import { kernel } from "../../kernel/kernel.ts";
import { MAX_MESSAGE_BYTES, writeText } from "./rows.ts";

const { address } = kernel.text;
Deno.test("placeText() throws where a text does not fit, so that a row never keeps another caller's", () => {
  const largest = new Uint8Array(MAX_MESSAGE_BYTES);
  assert.equal(writeText(0, largest, address), address + MAX_MESSAGE_BYTES);
  const longer = new Uint8Array(MAX_MESSAGE_BYTES + 1);
  assert.throws(() => writeText(0, longer, address), RangeError);
  assert.throws(() => writeText(0, largest, address + 65), RangeError);
});
