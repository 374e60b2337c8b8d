/**
 * The answer to a list as protobuf, written log by log while the folder is scanned.
 *
 * The message objects of ten thousand logs and their serialization take more than a tenth of a second at once. These
 * bytes take a few microseconds a log, in the time slices of the scan. Promises the very bytes that the generic
 * serializer of `descriptor.ts` gives.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import type { ServerMethodDefinition } from "@grpc/grpc-js";
import { bareContainerId } from "../../logs/log_name.ts";
import { MessageWriter } from "./_message_writer.ts";
import { type ShownLog, wireTime } from "./log_metadata.ts";

/** An answer that is being written. */
export interface ListBytes {
  /** Writes the next log. */
  add(log: ShownLog): void;
  /** All that was written; the last thing to ask for. */
  bytes(): Uint8Array;
}

/** What a log takes beside its texts, at most: heads of fields, lengths, and four numbers of ten bytes. */
const FRAME_BYTES = 168;
/** UTF-8 bytes for a UTF-16 unit, at most. */
const BYTES_PER_UNIT = 3;

/** The definition of the list method, for a handler that gives the bytes of its answer; clients see no difference. */
export function listMethod<Request>(
  method: ServerMethodDefinition<Request, never>,
): ServerMethodDefinition<Request, Uint8Array> {
  return {
    ...method,
    responseSerialize: (answer) => Buffer.from(answer.buffer, answer.byteOffset, answer.byteLength),
  };
}

/** The node whose logs are listed. */
interface Node {
  readonly nodeName: string;
}

/** An answer without a log. */
export function createListBytes(node: Node): ListBytes {
  const writer = new MessageWriter();
  return {
    add: (log) => writeLog(writer, log, node),
    bytes: () => writer.bytes(),
  };
}

/** Writes an item of the list; the numbers of its fields are those of the wire contract. */
function writeLog(writer: MessageWriter, { name, size, modifiedMs }: ShownLog, { nodeName }: Node): void {
  const { namespace, podName, containerName } = name;
  const id = bareContainerId(name.containerId);
  const units = 2 * id.length + nodeName.length + namespace.length + podName.length + containerName.length;
  writer.reserve(FRAME_BYTES + BYTES_PER_UNIT * units);
  const item = writer.begin(1);
  writer.text(1, id);
  const spec = writer.begin(2);
  writer.text(1, nodeName);
  writer.text(2, namespace);
  writer.text(3, podName);
  writer.text(4, containerName);
  writer.text(5, id);
  writer.end(spec);
  const fileInfo = writer.begin(3);
  writer.number(1, size);
  if (modifiedMs !== undefined) {
    const { seconds, nanos } = wireTime(modifiedMs);
    const time = writer.begin(2);
    writer.number(1, seconds);
    writer.number(2, nanos);
    writer.end(time);
  }
  writer.end(fileInfo);
  writer.end(item);
}
