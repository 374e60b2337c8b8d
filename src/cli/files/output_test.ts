import assert from "#assert";
import { createRandom } from "../../../tests/support/random.ts";
import { createOutput, OutputError, putByte, putBytes, putText, takeAll, writeOut } from "./output.ts";

const decoder = new TextDecoder();
const never = (): Promise<never> => Promise.reject(new Error("nothing to wait for"));

Deno.test("putBytes(), putByte() and putText() put one behind the other, however much that is", async () => {
  const random = createRandom(1);
  const out = createOutput();
  let expected = "";
  for (let i = 0; i < 500; i++) {
    const text = random.pick(["ü", "x".repeat(random.int(20_000))]);
    const bytes = new TextEncoder().encode(`<${text}>`);
    putBytes(out, bytes, 1, bytes.length - 1);
    putByte(out, 0x0a);
    putText(out, "é");
    expected += `${text}\né`;
  }
  assert(out.bytes.length > 2 * 1024 * 1024);
  const written: Uint8Array[] = [];
  await writeOut(out, {
    writeSync: (bytes) => {
      // Some at a time.
      const some = bytes.slice(0, 1 + random.int(300_000));
      written.push(some);
      return some.length;
    },
    wait: never,
  });
  assert.equal(decoder.decode(await new Blob(written as BlobPart[]).bytes()), expected);
  assert.equal(out.length, 0);
  assert(out.bytes.length <= 2 * 1024 * 1024, "what it grew to is given back");
});

Deno.test("writeOut() waits while nothing is taken, and goes on where it was", async () => {
  const out = createOutput();
  putText(out, "abcdef");
  const steps: string[] = [];
  let isFull = false;
  await writeOut(out, {
    writeSync: (bytes) => {
      if (isFull) throw new Deno.errors.WouldBlock("full");
      isFull = true;
      steps.push(decoder.decode(bytes.subarray(0, 2)));
      return 2;
    },
    wait: () => {
      steps.push("wait");
      isFull = false;
      return Promise.resolve();
    },
  });
  assert.deepEqual(steps, ["ab", "wait", "cd", "wait", "ef"]);
});

Deno.test("writeOut() makes a pause where writing takes long, so that a signal is heard", async () => {
  const out = createOutput();
  putText(out, "abcdef");
  const steps: string[] = [];
  let clock = 0;
  await writeOut(out, {
    writeSync: (bytes) => {
      clock += 30;
      steps.push(decoder.decode(bytes.subarray(0, 1)));
      return 1;
    },
    wait: () => {
      clock += 30;
      steps.push("wait");
      return Promise.resolve();
    },
    now: () => clock,
  });
  assert.deepEqual(steps, ["a", "b", "wait", "c", "d", "wait", "e", "f", "wait"]);
});

Deno.test("writeOut() writes nothing where nothing was put, and fails as writing fails", async () => {
  const out = createOutput();
  await writeOut(out, { writeSync: () => assert.fail("written"), wait: never });
  putText(out, "x");
  const writeSync = (): number => {
    throw new Deno.errors.BrokenPipe("gone");
  };
  await assert.rejects(writeOut(out, { writeSync, wait: never }), Deno.errors.BrokenPipe);
  const refuse = (): number => {
    throw new Error("No space left on device (os error 28)");
  };
  await assert.rejects(
    writeOut(out, { writeSync: refuse, wait: never }),
    new OutputError("Cannot write: No space left on device (os error 28)"),
  );
});

Deno.test("takeAll() gives a copy and leaves nothing", () => {
  const out = createOutput();
  putText(out, "one");
  const one = takeAll(out);
  putText(out, "two");
  assert.equal(decoder.decode(one), "one");
  assert.equal(decoder.decode(takeAll(out)), "two");
});
