/**
 * The slow twin of the kernel's frames: a LogRecord in a gRPC frame, by the book.
 *
 * @module
 */

function varint(value: bigint): number[] {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, value);
  for (; rest >= 0x80n; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  return [...bytes, Number(rest)];
}

/** A field of wire type 0, which proto3 leaves out when it is 0. */
function number(field: number, value: number): number[] {
  return value === 0 ? [] : [field << 3, ...varint(BigInt(value))];
}

function bytes(field: number, value: readonly number[]): number[] {
  return [(field << 3) | 2, ...varint(BigInt(value.length)), ...value];
}

/** The record's frame: `proto/cluster_agent.proto`, LogRecord. */
export function encodeRecord(
  record: { readonly seconds: number; readonly nanos: number; readonly message: Uint8Array; readonly final: boolean },
): Uint8Array {
  const message = [
    ...bytes(1, [...number(1, record.seconds), ...number(2, record.nanos)]),
    ...record.message.length === 0 ? [] : bytes(2, [...record.message]),
    ...number(3, record.final ? 1 : 0),
  ];
  const frame = new Uint8Array(5 + message.length);
  new DataView(frame.buffer).setUint32(1, message.length);
  frame.set(message, 5);
  return frame;
}
