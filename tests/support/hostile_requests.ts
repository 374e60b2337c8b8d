/**
 * Requests that mean harm: of every method, with long texts, many elements, odd bytes and large headers, by chance.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { gzipSync } from "node:zlib";
import type { ContainerLog } from "../fakes/log_tree.ts";
import { services } from "../../src/rpc/descriptor.ts";
import type { Random } from "./random.ts";

/** One request. */
export interface HostileRequest {
  /** What is in it, for a message. */
  readonly what: string;
  /** The method's path. */
  readonly path: string;
  /** The message, with its five bytes of frame. */
  readonly frame: Uint8Array;
  /** Headers beside those of every call. */
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
}

/** No request is longer. */
const MAX_BYTES = 4 * 2 ** 20;
/** As long as a pattern may be. */
const PATTERN_LENGTH = 65_536;

const METHODS = Object.values(services).flatMap((methods) => Object.values(methods).map(({ path }) => path));
const RECORDS = [services.logRecords.StreamForward.path, services.logRecords.StreamBackward.path];

/** Pieces of which texts are made, alone or mixed. */
export const TEXT_UNITS: readonly string[] = [
  ..."a \t\n\0/\\()[]{}|^$.*?+é😀-&~:#,'\"",
  ..."a ,(?:,(?i),(?x),(?P<a>,[^,[[:,[[:alpha:],\\x41,\\x{41},\\p{L},\\pL,\\Q,\\E,\\d,\\w,\\b,\\1,\\012,{1,2},{9},&&,--"
    .split(","),
  ..."a{0},(a?),[a-z],[^a],\\PL,a|,://,2024-10-01T05:40:46.1,containerd://,..".split(","),
];

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest = Math.floor(rest / 0x80)) bytes.push(rest % 0x80 | 0x80);
  return [...bytes, rest];
}

function field(number: number, value: Uint8Array): Uint8Array {
  return Buffer.concat([Uint8Array.from([number << 3 | 2, ...varint(value.length)]), value]);
}

/** A text of one unit over and over, or of some by turns or by chance, between two others. */
export function hostileText(random: Random, length: number): string {
  const units = Array.from({ length: 1 + random.int(3) }, () => random.pick(TEXT_UNITS));
  const body = random.int(2) === 0
    ? units.join("").repeat(Math.ceil(length / units.join("").length))
    : Array.from({ length: Math.min(length, PATTERN_LENGTH) }, () => random.pick(units)).join("");
  return random.pick(["", "a", "[", "(?i)"]) + body.slice(0, length) + random.pick(["", "a", "\\", ")", "]"]);
}

/** Bytes of a message, with what is in them. */
type Message = readonly [what: string, bytes: Uint8Array];

function longText(random: Random): Message {
  const number = 1 + random.int(8);
  const length = random.pick([2_000, 60_000, 250_000, 2 ** 20, MAX_BYTES]);
  const bytes = field(number, Buffer.from(hostileText(random, length)).subarray(0, length));
  return [`${bytes.length} bytes of text in field ${number}`, bytes.subarray(0, MAX_BYTES)];
}

function manyElements(random: Random): Message {
  const number = random.pick([1, 1, 1, 4, 7, 15]);
  const length = random.pick([2_000, 250_000, 2 ** 20, MAX_BYTES]);
  const element = field(number, Buffer.from(random.pick(["", "a", "ns-1", "x".repeat(60)])));
  const bytes = Buffer.alloc(length - length % element.length, element);
  return [`${bytes.length / element.length} elements in field ${number}`, bytes];
}

/** Many namespaces, each another one: each is a review. */
function distinctNames(random: Random): Message {
  const count = random.pick([300, 1_000]);
  return [`${count} names`, Buffer.concat(Array.from({ length: count }, (_, i) => field(1, Buffer.from(`ns-${i}`))))];
}

function oddBytes(random: Random): Message {
  const length = random.pick([2_000, 250_000, 2 ** 20, MAX_BYTES]);
  const byte = random.pick([0x00, 0x0b, 0x0c, 0x08, 0x0a, 0x7f, 0x80, 0xff, -1]);
  const bytes = byte < 0
    ? Buffer.from(Uint8Array.from({ length: Math.min(length, 250_000) }, () => random.int(256)))
    : Buffer.alloc(length, byte);
  return [`${bytes.length} bytes of ${byte < 0 ? "chance" : byte}`, bytes];
}

/** A request for a log that is there, with a pattern that may be legal. */
function pattern(random: Random, log: ContainerLog): Message {
  const text = hostileText(random, random.pick([200, 5_000, 20_000, PATTERN_LENGTH - 5]));
  const texts: readonly (readonly [number, string])[] = [
    [1, log.namespace],
    [2, log.pod],
    [3, log.container],
    [4, log.runtimeId],
    [7, text],
  ];
  return [
    `the pattern ${JSON.stringify(text.slice(0, 40))}…, ${text.length} characters`,
    Buffer.concat(
      texts.map(([number, value]) => field(number, Buffer.from(value))),
    ),
  ];
}

function headersOf(random: Random): HostileRequest["headers"] {
  const text = (length: number): string => random.pick(["a", " ", ",", "[", '"', "\\"]).repeat(length);
  switch (random.int(6)) {
    case 0:
      return { "x-remote-group": Array.from({ length: 1_000 }, (_, i) => `group-${i}`) };
    case 1:
      return { "x-remote-extras": text(40_000) };
    case 2:
      return { "x-remote-extras": JSON.stringify({ a: Array.from({ length: 5_000 }, (_, i) => `${i}`) }) };
    case 3:
      return { "x-odd": text(40_000), "authorization": `Bearer ${text(10_000)}` };
    default:
      return {};
  }
}

/** Draws a request. */
export function drawHostile(random: Random, log: ContainerLog): HostileRequest {
  const kind = random.pick([longText, longText, manyElements, distinctNames, oddBytes, pattern, pattern, pattern]);
  const path = kind === pattern ? random.pick(RECORDS) : random.pick(METHODS);
  const [what, bytes] = kind(random, log);
  const isGzipped = random.int(5) === 0;
  const message = isGzipped ? gzipSync(bytes) : bytes;
  const head = Buffer.alloc(5);
  head.writeUInt8(isGzipped ? 1 : 0);
  head.writeUInt32BE(message.length, 1);
  const headers = { ...headersOf(random), ...(isGzipped ? { "grpc-encoding": "gzip" } : {}) };
  return {
    what: `${path} with ${what}${isGzipped ? ", compressed" : ""}, headers: ${Object.keys(headers).join() || "none"}`,
    path,
    frame: Buffer.concat([head, message]),
    headers,
  };
}
