/**
 * What is in a compiled program, read from its bytes.
 *
 * Deno adds to its runtime, behind a mark, lengths of eight bytes and pieces so long: what the program may do and how
 * it runs, packages and remote modules (none), and the table of its files.
 *
 * @module
 */
import assert from "#assert";
import { Buffer } from "node:buffer";

/** What a compiled program does before its first line. */
export interface CompiledProgram {
  /** How it runs. */
  readonly metadata: CompiledMetadata;
  /** Its files, by their names. */
  readonly files: ReadonlyMap<string, CompiledFile>;
}

/** A file in a compiled program. */
export interface CompiledFile {
  readonly bytes: number;
  /** In milliseconds since 1970. */
  readonly modifiedMs: number;
}

/** The parts of the metadata that are looked at. */
export interface CompiledMetadata {
  readonly argv: readonly string[];
  readonly code_cache_key: string | null;
  readonly permissions: Readonly<Record<string, readonly string[] | boolean | null>>;
  readonly v8_flags: readonly string[];
  readonly ca_stores: readonly string[] | null;
  readonly ca_data: unknown;
  readonly unsafely_ignore_certificate_errors: readonly string[] | null;
  readonly env_vars_from_env_file: Readonly<Record<string, string>>;
  readonly entrypoint_key: string;
  readonly node_modules: unknown;
  readonly otel_config: Readonly<Record<string, unknown>>;
}

const MARK = "d3n0l4nd";
/** The shortest beginning of metadata that is no accident. */
const METADATA = '{"argv":';
const TABLE = '[{"';

/** Reads a compiled program. */
export async function readCompiled(path: string): Promise<CompiledProgram> {
  const bytes = Buffer.from(await Deno.readFile(path));
  const metadata = pieceAfter(bytes, bytes.indexOf(MARK), METADATA);
  const table = pieceAfter(bytes, metadata.end, TABLE);
  return { metadata: JSON.parse(metadata.text), files: filesIn(JSON.parse(table.text)) };
}

/** The first piece behind `from` that begins so; its length stands before it. */
function pieceAfter(bytes: Buffer, from: number, begin: string): { readonly text: string; readonly end: number } {
  assert(from >= 0, "the file has no mark of a compiled program");
  const start = bytes.indexOf(begin, from);
  assert(start >= from, `no ${begin} in the compiled program`);
  const end = start + Number(bytes.readBigUInt64LE(start - 8));
  return { text: bytes.toString("utf8", start, end), end };
}

/** An entry of the table, with the names that Deno gives to its fields. */
type Entry =
  | { readonly File: { readonly n: string; readonly o: readonly [number, number]; readonly t: number } }
  | { readonly Dir: unknown }
  | { readonly Symlink: unknown };

function filesIn(entries: readonly Entry[]): ReadonlyMap<string, CompiledFile> {
  return new Map(entries.map((entry) => {
    if (!("File" in entry)) throw new TypeError(`Cannot tell what a program holds: ${JSON.stringify(entry)}`);
    const { n: name, o: [, bytes], t: modifiedMs } = entry.File;
    return [name, { bytes, modifiedMs }];
  }));
}
