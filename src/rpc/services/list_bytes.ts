/**
 * The answer to a list as protobuf, written log by log while the logs are looked at.
 *
 * Ten thousand message objects and their serialization take more than a tenth of a second in one turn; these bytes take a few microseconds a log, in the
 * turns of the look. Promises the very bytes that the generic serializer of `descriptor.ts` gives. Fields are written whether they have their defaults or not.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import type { ServerMethodDefinition } from "@grpc/grpc-js";
import { bareContainerId } from "../../logs/log_name.ts";
import { type ShownLog, wireTime } from "./log_metadata.ts";

/** An answer that is being written. */
export interface ListBytes {
  /** Writes the next log. */
  add(log: ShownLog): void;
  /** All that was written; the last thing to ask for. */
  bytes(): Uint8Array;
}

const FIRST_BYTES = 32 * 1024;
/** No number takes more. */
const VARINT_BYTES = 10;
/** What a log takes beside its texts, at most: heads of fields, lengths and numbers. */
const FRAME_BYTES = 128;
/** UTF-8 bytes for a UTF-16 unit, at most. */
const BYTES_PER_UNIT = 3;

const encoder = new TextEncoder();

/** The definition of the list method, for a handler that gives the bytes of its answer; clients see no difference. */
export function listMethod<Request>(
  method: ServerMethodDefinition<Request, never>,
): ServerMethodDefinition<Request, Uint8Array> {
  return {
    ...method,
    responseSerialize: (answer) => Buffer.from(answer.buffer, answer.byteOffset, answer.byteLength),
  };
}

/** An answer without a log. */
export function createListBytes({ nodeName }: { readonly nodeName: string }): ListBytes {
  let bytes = new Uint8Array(FIRST_BYTES);
  let at = 0;

  function reserve(more: number): void {
    if (at + more <= bytes.length) return;
    const grown = new Uint8Array(Math.max(2 * bytes.length, at + more));
    grown.set(bytes.subarray(0, at));
    bytes = grown;
  }

  /** A number of up to 53 bits; one below zero as the 64 bits of its two's complement. */
  function putVarint(value: number): void {
    if (value < 0) return putBigVarint(BigInt.asUintN(64, BigInt(value)));
    let rest = value;
    for (; rest > 0x7f; rest = Math.floor(rest / 0x80)) bytes[at++] = rest % 0x80 | 0x80;
    bytes[at++] = rest;
  }

  function putBigVarint(value: bigint): void {
    let rest = value;
    for (; rest > 0x7fn; rest >>= 7n) bytes[at++] = Number(rest & 0x7fn) | 0x80;
    bytes[at++] = Number(rest);
  }

  function putText(field: number, text: string): void {
    bytes[at++] = field << 3 | 2;
    putInside(() => putCharacters(text));
  }

  function putCharacters(text: string): void {
    const from = at;
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i);
      if (unit > 0x7f) {
        at = from + encoder.encodeInto(text, bytes.subarray(from)).written;
        return;
      }
      bytes[at++] = unit;
    }
  }

  function putNumber(field: number, value: number): void {
    bytes[at++] = field << 3;
    putVarint(value);
  }

  function putMessage(field: number, put: () => void): void {
    bytes[at++] = field << 3 | 2;
    putInside(put);
  }

  /** What `put` writes, behind its length. */
  function putInside(put: () => void): void {
    const from = at++;
    put();
    const length = at - from - 1;
    if (length <= 0x7f) {
      bytes[from] = length;
      return;
    }
    // A length of more than seven bits takes more room than was left for it.
    const more = length < 1 << 14 ? 1 : length < 1 << 21 ? 2 : 3;
    bytes.copyWithin(from + 1 + more, from + 1, at);
    at = from;
    putVarint(length);
    at += length;
  }

  return {
    add: (log) => {
      const { name, size, modifiedMs } = log;
      const id = bareContainerId(name.containerId);
      const units = 2 * id.length + nodeName.length + name.namespace.length + name.podName.length +
        name.containerName.length;
      reserve(FRAME_BYTES + BYTES_PER_UNIT * units + 4 * VARINT_BYTES);
      putMessage(1, () => {
        putText(1, id);
        putMessage(2, () => {
          putText(1, nodeName);
          putText(2, name.namespace);
          putText(3, name.podName);
          putText(4, name.containerName);
          putText(5, id);
        });
        putMessage(3, () => {
          putNumber(1, size);
          if (modifiedMs === undefined) return;
          const { seconds, nanos } = wireTime(modifiedMs);
          putMessage(2, () => {
            putNumber(1, seconds);
            putNumber(2, nanos);
          });
        });
      });
    },
    bytes: () => bytes.subarray(0, at),
  };
}
