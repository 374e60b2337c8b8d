import assert from "#assert";
import { stdoutWriter } from "./stdout.ts";

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
