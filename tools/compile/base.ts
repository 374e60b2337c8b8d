/**
 * The runtime that a program is put into: denort of Deno's own version and of the target.
 *
 * Deno downloads it where `DENORT_BIN` does not name one, and verifies nothing of what it gets.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";

/** The platforms that there are programs for. */
export const TARGETS = ["x86_64-unknown-linux-gnu", "aarch64-unknown-linux-gnu"] as const;

/** The name of a platform. */
export type Target = typeof TARGETS[number];

/** What an ELF file has as its machine. */
const MACHINES: Readonly<Record<Target, number>> = {
  "x86_64-unknown-linux-gnu": 0x3e,
  "aarch64-unknown-linux-gnu": 0xb7,
};
const ELF_MAGIC = "\x7fELF";
const MACHINE_OFFSET = 18;

/** The base cannot be used. */
export class BaseError extends Error {
  /** The class, as an error log shows it. */
  override readonly name = "BaseError";
}

/** A file for the base, by `DENORT_BIN` and `DENORT_SHA256`. */
export interface Base {
  /** The file. */
  readonly path: string;
  /** The SHA-256 that it has to have, in hexadecimal digits. */
  readonly sha256?: string;
}

/**
 * Checks a base: that it is there, is a program of Linux, and has its checksum. Returns what is to be said of it where
 * it is another one than the target's denort: what it becomes is no agent that starts, which is enough to read it.
 * @throws {BaseError}
 */
export async function checkBase({ path, sha256 }: Base, target: Target): Promise<readonly string[]> {
  const start = await firstBytes(path);
  if (start.toString("latin1", 0, ELF_MAGIC.length) !== ELF_MAGIC) {
    throw new BaseError(`Cannot use DENORT_BIN: ${path} is no program of Linux; the archive has to be unpacked`);
  }
  if (sha256 !== undefined && sha256 !== "") {
    const actual = await sha256Of(path);
    if (actual !== sha256.toLowerCase()) {
      throw new BaseError(`Cannot use DENORT_BIN: ${path} has the SHA-256 ${actual}, and DENORT_SHA256 is ${sha256}`);
    }
  }
  const isDeno = await Deno.realPath(path) === await Deno.realPath(Deno.execPath());
  return [
    ...(start.readUInt16LE(MACHINE_OFFSET) === MACHINES[target] ? [] : [
      `DENORT_BIN is not for ${target}: the program will not start there`,
    ]),
    ...(isDeno ? ["DENORT_BIN is Deno itself: the program will be Deno's command line, which may do anything"] : []),
  ];
}

async function firstBytes(path: string): Promise<Buffer> {
  const bytes = Buffer.alloc(MACHINE_OFFSET + 2);
  try {
    using file = await Deno.open(path);
    await file.read(bytes);
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    throw new BaseError(`Cannot use DENORT_BIN: ${path}: ${text}`);
  }
  return bytes;
}

async function sha256Of(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path)) hash.update(chunk);
  return hash.digest("hex");
}
