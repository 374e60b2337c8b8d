/**
 * The answer to a list as a gRPC frame, written in pieces while its client takes them.
 *
 * The message objects of ten thousand logs and their serialization take more than a tenth of a second at once, and the
 * bytes three megabytes, which a slow client would have kept for it as long as it likes. Here an answer is the logs,
 * which all lists share, and their length, which is added up while the folder is scanned: a frame begins with it. The
 * pieces are the very bytes that the generic serializer of `descriptor.ts` gives.
 *
 * @module
 */
import type { ServerMethodDefinition } from "@grpc/grpc-js";
import { bareContainerId } from "../../logs/log_name.ts";
import { MessageWriter } from "./_message_writer.ts";
import { type ShownLog, wireTime } from "./log_metadata.ts";

/** An answer. */
export interface ListFrame {
  /** Adds the next log; it must not change. */
  add(log: ShownLog): void;
  /**
   * Writes the frame in pieces. Each is overwritten by the next one.
   *
   * @param pieceBytes How large the next piece may be, about: a log is not divided.
   */
  pieces(pieceBytes: () => number): Iterable<Uint8Array>;
}

/** What a log takes beside its texts, at most: heads of fields, lengths, and four numbers of ten bytes. */
const FRAME_BYTES = 168;
/** UTF-8 bytes for a UTF-16 unit, at most. */
const BYTES_PER_UNIT = 3;
/** What is before the message: whether it is compressed, and its length. */
const HEAD_BYTES = 5;

const encoder = new TextEncoder();

/**
 * The definition of the list method, for a handler that sends frames. To a client, one message that is streamed is the
 * same as one that is not.
 */
export function listMethod<Request>(
  method: ServerMethodDefinition<Request, never>,
): ServerMethodDefinition<Request, never> {
  return { ...method, responseStream: true };
}

/** The node whose logs are listed. */
interface Node {
  readonly nodeName: string;
}

/** An answer without a log. */
export function createListFrame(node: Node): ListFrame {
  const nodeNameBytes = utf8Bytes(node.nodeName);
  const logs: ShownLog[] = [];
  let length = 0;
  return {
    add: (log) => {
      logs.push(log);
      length += fieldBytes(itemBytes(log, nodeNameBytes));
    },
    *pieces(pieceBytes): Iterable<Uint8Array> {
      const writer = new MessageWriter();
      writer.frameHead(length);
      let written = 0;
      let least = pieceBytes();
      for (const log of logs) {
        writeLog(writer, log, node);
        if (writer.size < least) continue;
        written += writer.size;
        yield writer.bytes();
        writer.clear();
        least = pieceBytes();
      }
      written += writer.size;
      if (written !== HEAD_BYTES + length) throw new RangeError(`Cannot send ${written} bytes in place of ${length}`);
      if (writer.size > 0) yield writer.bytes();
    },
  };
}

/** The bytes of a text in UTF-8. */
function utf8Bytes(text: string): number {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0x7f) return encoder.encode(text).length;
  return text.length;
}

/** The bytes of a text or message of so many bytes, with the head of its field. */
function fieldBytes(length: number): number {
  return 1 + varintBytes(length) + length;
}

function varintBytes(value: number): number {
  if (value < 0) return 10;
  let bytes = 1;
  for (let rest = value; rest > 0x7f; rest = Math.floor(rest / 0x80)) bytes++;
  return bytes;
}

/** The bytes that {@linkcode writeLog} writes, without the head of the item. */
function itemBytes({ name, size, modifiedMs }: ShownLog, nodeNameBytes: number): number {
  const id = fieldBytes(utf8Bytes(bareContainerId(name.containerId)));
  const names = fieldBytes(nodeNameBytes) + fieldBytes(utf8Bytes(name.namespace)) +
    fieldBytes(utf8Bytes(name.podName)) + fieldBytes(utf8Bytes(name.containerName));
  let fileInfo = 1 + varintBytes(size);
  if (modifiedMs !== undefined) {
    const { seconds, nanos } = wireTime(modifiedMs);
    fileInfo += fieldBytes(2 + varintBytes(seconds) + varintBytes(nanos));
  }
  return id + fieldBytes(names + id) + fieldBytes(fileInfo);
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
