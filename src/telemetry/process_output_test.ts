import assert from "#assert";
import { createRandom, type Random } from "../../tests/support/random.ts";
import { createPieceWriter, type OutputKind } from "./process_output.ts";
import { stdoutWriter } from "./stdout.ts";
import { writeWhole } from "./write_whole.ts";

const LINE_FEED = 0x0a;
const encoder = new TextEncoder();

/** A descriptor that does not block: it takes what there is room for. */
interface Descriptor {
  readonly taken: number[];
  write(bytes: Uint8Array): number;
  /** Somebody reads. */
  read(): void;
}

function createDescriptor(random: Random, kind: OutputKind): Descriptor {
  const taken: number[] = [];
  let room = 0;
  return {
    taken,
    read: () => void (room += random.pick([1, 700, 4096, 9000])),
    write: (bytes) => {
      // POSIX: a pipe takes up to PIPE_BUF bytes whole or not at all.
      if (room === 0 || (kind === "pipe" && bytes.length <= 4096 && bytes.length > room)) {
        throw new Deno.errors.WouldBlock("full");
      }
      const part = bytes.subarray(0, room);
      taken.push(...part);
      room -= part.length;
      return part.length;
    },
  };
}

/**
 * Rust's `LineWriter` with a flush behind each write, as Deno has it: `library/std/src/io/buffered/linewritershim.rs`.
 */
function lineWriter(descriptor: Descriptor): (bytes: Uint8Array) => number {
  let kept: number[] = [];
  const flush = (): void => {
    while (kept.length > 0) kept = kept.slice(descriptor.write(Uint8Array.from(kept)));
  };
  const keep = (bytes: Uint8Array): number => {
    const part = bytes.subarray(0, 1024 - kept.length);
    kept.push(...part);
    return part.length;
  };
  const writeBuffered = (bytes: Uint8Array): number => {
    if (kept.length + bytes.length > 1024) flush();
    return bytes.length >= 1024 ? descriptor.write(bytes) : keep(bytes);
  };
  const write = (bytes: Uint8Array): number => {
    const lines = bytes.lastIndexOf(LINE_FEED) + 1;
    if (lines === 0) {
      if (kept.at(-1) === LINE_FEED) flush();
      return writeBuffered(bytes);
    }
    flush();
    const flushed = descriptor.write(bytes.subarray(0, lines));
    if (flushed >= lines) return flushed + keep(bytes.subarray(flushed));
    if (lines - flushed <= 1024) return flushed + keep(bytes.subarray(flushed, lines));
    const scanned = bytes.subarray(flushed, flushed + 1024);
    return flushed + keep(scanned.subarray(0, scanned.lastIndexOf(LINE_FEED) + 1 || 1024));
  };
  return (bytes) => {
    const count = write(bytes);
    flush();
    return count;
  };
}

function randomText(random: Random): string {
  const line = (): string => `${"x".repeat(random.pick([0, 1, 30, 1023, 1024, 5000]))}${random.int(10)}`;
  return Array.from({ length: 1 + random.int(40) }, line).join(random.pick(["\n", "\n\n"])) + random.pick(["", "\n"]);
}

for (const kind of ["pipe", "other"] as const) {
  Deno.test(`a piece writer writes each byte once and in order to what does not block: ${kind}`, () => {
    for (let seed = 1; seed <= 60; seed++) {
      const random = createRandom(seed);
      const descriptor = createDescriptor(random, kind);
      const out = createPieceWriter({ writeSync: lineWriter(descriptor), kind });
      let expected = "";
      for (let count = 0; count < 4; count++) {
        const text = randomText(random);
        expected += text;
        assert(writeWhole(text, { out, wait: descriptor.read }));
      }
      const written = new TextDecoder().decode(Uint8Array.from(descriptor.taken));
      assert.equal(written, expected, `SEED=${seed}`);
    }
  });

  Deno.test(`stdoutWriter loses whole lines only where what does not block is full, and tells each: ${kind}`, () => {
    for (let seed = 1; seed <= 60; seed++) {
      const random = createRandom(seed);
      const descriptor = createDescriptor(random, kind);
      const out = createPieceWriter({ writeSync: lineWriter(descriptor), kind });
      let lost = 0;
      const write = stdoutWriter({ out, onLost: () => lost++ });
      const lines = Array.from({ length: 60 }, (_, at) => `${at} ${"x".repeat(random.pick([1, 300, 1200, 6000]))}\n`);
      for (const line of lines) {
        write(line);
        if (random.int(3) > 0) descriptor.read();
      }
      for (let count = 0; count < 20; count++) descriptor.read();
      write("last\n");
      const text = new TextDecoder().decode(Uint8Array.from(descriptor.taken));
      const written = text.split(/(?<=\n)/);
      assert.equal(written.length + lost, lines.length + 1, `SEED=${seed}`);
      let at = 0;
      for (const line of written) {
        at = [...lines, "last\n"].indexOf(line, at) + 1;
        assert(at > 0, `SEED=${seed}: ${line.slice(0, 20)}`);
      }
    }
  });
}

Deno.test("a piece writer hands a file all that there is", () => {
  const sizes: number[] = [];
  const out = createPieceWriter({ writeSync: (bytes) => sizes.push(bytes.length) && bytes.length, kind: "file" });
  const bytes = encoder.encode("line\n".repeat(10_000));
  assert.equal(out.writeSync(bytes), bytes.length);
  assert.deepEqual(sizes, [bytes.length]);
});
