import assert from "#assert";
import { createRandom } from "../../../tests/support/random.ts";
import { type LogFile, LogReadError } from "../../logs/log_file.ts";
import { streamedLog, type StreamedLogOptions } from "./streamed_log.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();
/** A source is never waited for too long. */
const neverPauses = (): () => void => () => {};

function logOf(chunks: Iterable<Uint8Array>, options: Partial<StreamedLogOptions> = {}): LogFile {
  const iterator = chunks[Symbol.iterator]();
  return streamedLog({
    name: "the pipe",
    next: () => Promise.resolve(iterator.next().value),
    close: () => {},
    onPause: neverPauses,
    ...options,
  });
}

async function textAt(log: LogFile, position: number, length: number): Promise<string> {
  const into = new Uint8Array(length);
  return decoder.decode(into.subarray(0, await log.read(into, position)));
}

Deno.test("streamedLog() gives what comes at the places where it came, also again within its window", async () => {
  const firstSeed = Number(Deno.env.get("SEED") ?? 1);
  for (let seed = firstSeed; seed < firstSeed + 200; seed++) {
    const random = createRandom(seed);
    const all = Uint8Array.from({ length: random.int(5000) }, () => random.pick([0x0a, 0x61, 0x62]));
    const windowBytes = random.pick([64, 100, 1000, 10_000]);
    const chunks: Uint8Array[] = [];
    for (let at = 0; at < all.length;) {
      const chunk = all.slice(at, at + random.int(300));
      chunks.push(chunk);
      at += chunk.length;
    }
    const log = logOf(chunks, { windowBytes });
    let seen = 0;
    for (let turn = 0; turn < 60; turn++) {
      // What is read may be as long as the window, and begin as far back.
      const position = Math.max(0, seen - random.int(windowBytes - 60));
      const into = new Uint8Array(1 + random.int(60));
      const read = await log.read(into, position);
      assert.deepEqual(into.slice(0, read), all.slice(position, position + into.length), `SEED=${seed}, turn ${turn}`);
      seen = Math.max(seen, position + read);
    }
  }
});

Deno.test("streamedLog() serves reads in the order in which they are asked for", async () => {
  const log = logOf(["ab", "cd", "ef"].map((text) => encoder.encode(text)));
  assert.deepEqual(await Promise.all([textAt(log, 0, 3), textAt(log, 3, 3), textAt(log, 1, 2)]), ["abc", "def", "bc"]);
  assert.equal(await textAt(log, 6, 3), "");
  assert.equal(log.size(), Infinity);
});

Deno.test("streamedLog() says so when what is asked for is gone", async () => {
  const log = logOf(Array.from({ length: 50 }, () => encoder.encode("0123456789")), { windowBytes: 100 });
  assert.equal(await textAt(log, 390, 20), "01234567890123456789");
  await assert.rejects(
    textAt(log, 0, 1),
    (error: unknown) =>
      error instanceof LogReadError &&
      error.message === "Cannot go back to byte 0 of the pipe: only the last 100 bytes of what is no file are kept",
  );
  assert.equal(await textAt(log, 400, 5), "01234");
});

Deno.test("streamedLog() gives whole lines where the source pauses, and never half a line", async () => {
  const chunks = ["one\ntw", "o", "\nthr", "ee"].map((text) => encoder.encode(text));
  const steps: string[] = [];
  let more = Promise.withResolvers<void>();
  const log = streamedLog({
    name: "the pipe",
    next: async () => {
      await more.promise;
      more = Promise.withResolvers();
      const chunk = chunks.shift();
      steps.push(chunk === undefined ? "end" : decoder.decode(chunk));
      return chunk;
    },
    close: () => {},
    onPause: (paused) => {
      steps.push("pause");
      paused();
      return () => {};
    },
  });
  const read = async (position: number): Promise<void> => {
    steps.push(`read ${JSON.stringify(await textAt(log, position, 100))}`);
  };
  const until = async (step: string): Promise<void> => {
    for (let turn = 0; turn < 100 && steps.at(-1) !== step; turn++) await Promise.resolve();
    assert.equal(steps.at(-1), step);
  };
  more.resolve();
  await read(0);
  // Half a line is waited for, however long that takes.
  const second = read(4);
  more.resolve();
  await until("o");
  more.resolve();
  await second;
  const third = read(8);
  more.resolve();
  await until("ee");
  more.resolve();
  await third;
  assert.deepEqual(steps, [
    "one\ntw",
    "pause",
    'read "one\\n"',
    "o",
    "\nthr",
    "pause",
    'read "two\\n"',
    "ee",
    "end",
    'read "three"',
  ]);
});

Deno.test("streamedLog() ends where its source fails, behind all that came, and tells why", async () => {
  const coming = ["one\ntwo\nth", "r"];
  const log = streamedLog({
    name: "the pipe",
    next: () => {
      const text = coming.shift();
      return text === undefined ? Promise.reject(new LogReadError("gone")) : Promise.resolve(encoder.encode(text));
    },
    close: () => {},
    onPause: neverPauses,
  });
  assert.equal(await textAt(log, 0, 5), "one\nt");
  assert.equal(log.failure(), undefined);
  assert.equal(await textAt(log, 0, 100), "one\ntwo\nthr");
  assert.equal(await textAt(log, 11, 100), "");
  assert.deepEqual(log.failure(), new LogReadError("gone"));
});

Deno.test("streamedLog() lets go of its source when it is disposed of", () => {
  let closed = 0;
  {
    using log = logOf([], { close: () => void closed++ });
    assert.equal(log.path, "the pipe");
    assert.equal(closed, 0);
  }
  assert.equal(closed, 1);
});
