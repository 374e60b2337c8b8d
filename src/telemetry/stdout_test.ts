import assert from "#assert";
import { stdoutLines, stdoutWriter } from "./stdout.ts";

Deno.test("stdoutWriter writes a line to its end when it is taken in pieces", () => {
  const taken: number[] = [];
  const write = stdoutWriter({
    out: {
      writeSync: (bytes) => {
        const piece = bytes.subarray(0, 2);
        taken.push(...piece);
        return piece.length;
      },
    },
  });
  write("größer\n");
  assert.equal(new TextDecoder().decode(new Uint8Array(taken)), "größer\n");
});

Deno.test("stdoutWriter tells of a lost line and does not throw", () => {
  const lost: unknown[] = [];
  const failing = stdoutWriter({
    out: {
      writeSync: () => {
        throw new Deno.errors.BrokenPipe("gone");
      },
    },
    onLost: (error) => lost.push(error),
  });
  failing("a\n");
  const stuck = stdoutWriter({
    out: { writeSync: () => 0 },
    onLost: (error) => lost.push(error),
  });
  stuck("b\n");
  assert.deepEqual(lost.map((error) => (error as Error).name), [
    "BrokenPipe",
    "WriteZero",
  ]);
});

Deno.test("stdoutWriter writes to the process's stdout", async () => {
  const module = import.meta.resolve("./stdout.ts");
  const code =
    `import { stdoutWriter } from "${module}"; stdoutWriter()("one\\n"); stdoutWriter()("two\\n"); Deno.exit(3);`;
  const { code: exit, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", code],
  }).output();
  assert.equal(new TextDecoder().decode(stdout), "one\ntwo\n");
  assert.equal(exit, 3);
});

/** A reader in another thread that takes bytes when it is told to. */
function slowReader(): {
  readonly writeLater: (bytes: Uint8Array) => Promise<number>;
  readonly text: () => string;
  /** Takes at most so many of the bytes that wait. */
  readonly take: (bytes: number) => Promise<void>;
} {
  let taken = "";
  let waiting: ((bytes: number) => void) | undefined;
  return {
    text: () => taken,
    take: async (bytes) => {
      waiting?.(bytes);
      for (let tick = 0; tick < 4; tick++) await Promise.resolve();
    },
    writeLater: (bytes) => {
      const { promise, resolve } = Promise.withResolvers<number>();
      waiting = (max) => {
        waiting = undefined;
        const written = bytes.subarray(0, max);
        taken += new TextDecoder().decode(written);
        resolve(written.length);
      };
      return promise;
    },
  };
}

Deno.test("a line waits behind those of the queue, and is written at once when these are", async () => {
  const reader = slowReader();
  let now = "";
  const out = {
    writeSync: (bytes: Uint8Array): number => {
      now += new TextDecoder().decode(bytes);
      return bytes.length;
    },
  };
  const lines = stdoutLines({ out, writeLater: reader.writeLater });
  lines.write("first\n");
  lines.queue("many 1\n");
  lines.queue("many 2\n");
  lines.write("between\n");
  assert.equal(now, "first\n");
  await reader.take(3);
  await reader.take(1_000);
  await reader.take(1_000);
  assert.equal(reader.text(), "many 1\nmany 2\nbetween\n");
  await lines.flushed({ withinMs: 10_000 });
  lines.write("last\n");
  assert.equal(now, "first\nlast\n");
});

Deno.test("while nobody reads, lines wait up to a limit, and each one that is lost is told", async () => {
  const reader = slowReader();
  let lost = 0;
  const lines = stdoutLines({ writeLater: reader.writeLater, maxQueuedBytes: 1_000, onLost: () => lost++ });
  for (let line = 0; line < 25; line++) lines.queue(`${"x".repeat(49)}\n`);
  assert.equal(lost, 5);
  for (let piece = 0; piece < 4; piece++) await reader.take(100_000);
  await lines.flushed({ withinMs: 10_000 });
  assert.equal(reader.text().length, 1_000);
  lines.queue("room again\n");
  assert.equal(lost, 5);
  await reader.take(100_000);
  await lines.flushed({ withinMs: 10_000 });
});

Deno.test("lines of the queue that cannot be written are told, one by one, and those after them are written", async () => {
  let tries = 0;
  let text = "";
  const lost: unknown[] = [];
  const lines = stdoutLines({
    writeLater: (bytes) => {
      tries++;
      if (tries === 1) return Promise.reject(new Deno.errors.WouldBlock("full"));
      if (tries === 2) return Promise.resolve(0);
      text += new TextDecoder().decode(bytes);
      return Promise.resolve(bytes.length);
    },
    onLost: (error) => lost.push((error as Error).name),
  });
  for (const line of ["a\n", "b\n", "c\n"]) lines.queue(line);
  await lines.flushed({ withinMs: 10_000 });
  lines.queue("d\n");
  await lines.flushed({ withinMs: 10_000 });
  assert.deepEqual([lost, text], [["WouldBlock", "WriteZero", "WriteZero"], "d\n"]);
});

Deno.test("a process whose stdout nobody reads goes on, and its queue tells what it loses", async () => {
  const module = import.meta.resolve("./stdout.ts");
  const code = `import { stdoutLines } from "${module}";
    let lost = 0;
    const lines = stdoutLines({ onLost: () => lost++ });
    let left = 10_000;
    const timer = setInterval(() => {
      for (let line = 0; line < 100; line++) lines.queue("x".repeat(399) + "\\n");
      left -= 100;
      if (left > 0) return;
      clearInterval(timer);
      Deno.stderr.writeSync(new TextEncoder().encode(String(lost)));
      Deno.exit(3);
    }, 0);`;
  const child = new Deno.Command(Deno.execPath(), { args: ["eval", code], stdout: "piped", stderr: "piped" }).spawn();
  const timer = setTimeout(() => child.kill("SIGKILL"), 60_000);
  const lost = Number(await new Response(child.stderr).text());
  assert.equal((await child.status).code, 3, "it ends by itself: nothing has blocked it");
  clearTimeout(timer);
  await child.stdout.cancel();
  // 10,000 lines of 400 bytes: 1 MiB waits, and a pipe holds 64 KiB or so.
  assert(lost > 6_000 && lost < 9_000, `${lost} lines were lost`);
});
