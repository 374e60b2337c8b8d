/**
 * The commands for files as processes: exit codes, standard input, and who reads their output.
 *
 * @module
 */
import assert from "#assert";
import { gzipSync } from "node:zlib";
import { eventually } from "../../../tests/support/eventually.ts";
import { projectFolder } from "../../../tests/support/project.ts";
import { testFile } from "../../../tests/support/random_log.ts";

const MAIN = new URL("main.ts", projectFolder).pathname;
const WITHOUT_BLOCKING = new URL("tests/support/without_blocking.ts", projectFolder).pathname;
const decoder = new TextDecoder();
const LINE = "2025-03-04T05:00:00Z stdout F ";

interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function command(words: readonly string[], options: Deno.CommandOptions = {}): Deno.Command {
  // Just what a search needs, and no more.
  const args = ["run", "--no-prompt", "--allow-read", MAIN, ...words];
  return new Deno.Command(Deno.execPath(), { args, stdout: "piped", stderr: "piped", ...options });
}

async function ran(words: readonly string[], input: Uint8Array | string = ""): Promise<Ran> {
  await using child = command(words, { stdin: "piped" }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(typeof input === "string" ? new TextEncoder().encode(input) : input);
  await writer.close();
  const { code, stdout, stderr } = await child.output();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

Deno.test("grep ends with 0 where something is found, 1 where nothing is, 2 where something is wrong", async () => {
  await using file = await testFile(`${LINE}one\n${LINE}two\n`);
  assert.deepEqual(await ran(["grep", "one", file.path]), {
    code: 0,
    stdout: "2025-03-04T05:00:00.000000000Z one\n",
    stderr: "",
  });
  assert.deepEqual(await ran(["grep", "three", file.path]), { code: 1, stdout: "", stderr: "" });
  assert.deepEqual(await ran(["grep", "(", file.path]), {
    code: 2,
    stdout: "",
    stderr: 'Error: Invalid grep pattern: unclosed group: "(" (character 1)\n',
  });
  assert.deepEqual(await ran(["grep", "one", "--nope"]).then(({ code, stdout }) => [code, stdout]), [2, ""]);
  const backward = await ran(["stream-backward", file.path]);
  assert.equal(backward.code, 0);
  assert.match(backward.stdout, /"two".*\n.*"one"/);
});

Deno.test("grep of a long file finds what is there with hardly a descriptor left: without scan workers, which would need some", async () => {
  await using file = await testFile(`${`${LINE}${"hay ".repeat(64)}\n`.repeat(120_000)}${LINE}needle\n`);
  const words = ["run", "--no-prompt", "--allow-read", MAIN, "grep", "-c", "needle", file.path];
  const args = ["-c", 'ulimit -n 28; exec "$0" "$@"', Deno.execPath(), ...words];
  const { code, stdout, stderr } = await new Deno.Command("sh", { args }).output();
  assert.deepEqual([code, decoder.decode(stdout), decoder.decode(stderr)], [0, "1\n", ""]);
});

Deno.test("grep and stream-forward read standard input, gzipped or not", async () => {
  const log = `${LINE}one\n${LINE}two\n${LINE}one more\n`;
  assert.deepEqual(await ran(["grep", "-c", "one"], log), { code: 0, stdout: "2\n", stderr: "" });
  assert.deepEqual(await ran(["grep", "--tail=1", "one", "-"], gzipSync(log)), {
    code: 0,
    stdout: "2025-03-04T05:00:00.000000000Z one more\n",
    stderr: "",
  });
  assert.deepEqual(await ran(["stream-forward", "-", "-g", "two"], log), {
    code: 0,
    stdout: '{"timestamp":"2025-03-04T05:00:00.000000000Z","message":"two","is_final":true}\n',
    stderr: "",
  });
});

Deno.test("grep prints what is written into a pipe when it is written", async () => {
  await using child = command(["grep", "one", "-"], { stdin: "piped" }).spawn();
  const writer = child.stdin.getWriter();
  const reader = child.stdout.getReader();
  for (const word of ["one", "one more"]) {
    await writer.write(new TextEncoder().encode(`${LINE}${word}\n${LINE}two\n${LINE}o`));
    const { value } = await reader.read();
    assert.equal(decoder.decode(value), `2025-03-04T05:00:00.000000000Z ${word}\n`);
    await writer.write(new TextEncoder().encode(`ther\n`));
  }
  await writer.close();
  assert((await reader.read()).done);
  assert.equal((await child.status).code, 0);
  await child.stderr.cancel();
});

for (const from of ["default", "end"]) {
  Deno.test(`stream-forward follows a file from ${from} on, also when it is rotated`, async () => {
    const folder = await Deno.makeTempDir({ prefix: "follow-" });
    const path = `${folder}/0.log`;
    await Deno.writeTextFile(path, `${LINE}before\n`);
    await using child = command(["stream-forward", path, "--grep=b|c", `--follow-from=${from}`]).spawn();
    try {
      let text = "";
      const reading = (async (): Promise<void> => {
        for await (const part of child.stdout.pipeThrough(new TextDecoderStream())) text += part;
      })();
      const printed = (word: string): Promise<void> => eventually(`${word} is printed`, () => text.includes(word));
      if (from === "default") await printed("before");
      // Nothing announces where a follow from the end begins, so the line is written again and again.
      await eventually("behind is printed", async () => {
        await Deno.writeTextFile(path, `${LINE}a\n${LINE}behind\n`, { append: true });
        return text.includes("behind");
      }, { pauseMs: 20 });
      await Deno.rename(path, `${path}.20250304-050000`);
      await Deno.writeTextFile(path, `${LINE}current\n`);
      await printed("current");
      assert.equal(text.includes("before"), from === "default");
      assert(!text.includes('"a"'));
      child.kill("SIGTERM");
      assert.equal((await child.status).signal, "SIGTERM");
      await reading;
      await child.stderr.cancel();
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}

Deno.test("grep ends quietly, with much left to print, when its reader has gone", async () => {
  await using file = await testFile(`${LINE}one\n`.repeat(200_000));
  for (const words of [["grep", "one", file.path], ["stream-backward", file.path]]) {
    await using child = command(words).spawn();
    const reader = child.stdout.getReader();
    assert(!(await reader.read()).done);
    await reader.cancel();
    assert.equal((await child.status).code, 0);
    assert.equal(await new Response(child.stderr).text(), "");
  }
});

/** The command, with a descriptor that does not block. */
function withoutBlocking(descriptor: 1 | 2, words: readonly string[]): Deno.Command {
  const args = ["run", "--no-prompt", "-A", WITHOUT_BLOCKING, `${descriptor}`, Deno.execPath()];
  args.push("run", "--no-prompt", "--allow-read", MAIN, ...words);
  return new Deno.Command(Deno.execPath(), { args, stdout: "piped", stderr: "piped" });
}

for (const words of [["grep", "one"], ["stream-forward"]]) {
  Deno.test(`${words[0]} prints each record once into a pipe that does not block`, async () => {
    const records = 60_000;
    await using file = await testFile(
      Array.from({ length: records }, (_, at) => `${LINE}one ${at} ${"x".repeat(at % 150)}\n`).join(""),
    );
    await using child = withoutBlocking(1, [...words, file.path]).spawn();
    let text = "";
    let lines = 0;
    for await (const part of child.stdout.pipeThrough(new TextDecoderStream())) {
      text += part;
      lines += part.split("\n").length - 1;
      assert(lines <= records, "more lines than records");
    }
    assert.deepEqual([...text.matchAll(/one (\d+)/g)].map(([, at]) => Number(at)), [...Array(records).keys()]);
    assert.equal((await child.status).code, 0);
    assert.equal(await new Response(child.stderr).text(), "");
  });
}

Deno.test("grep goes on where standard error does not block and nobody reads it", async () => {
  await using file = await testFile(`${LINE}one\n`);
  // Together more than a pipe holds.
  const missing = Array.from({ length: 60 }, (_, at) => `/missing/${at}${"x".repeat(2000)}`);
  await using child = withoutBlocking(2, ["grep", "-c", "one", ...missing, file.path]).spawn();
  assert.match(await new Response(child.stdout).text(), /:1\n$/);
  assert.equal((await child.status).code, 2);
  const told = await new Response(child.stderr).text();
  assert(told.endsWith("\n") && told.split("\n").length < missing.length, `${told.length} bytes`);
});

Deno.test("--help lists the commands, and each has a help of its own", async () => {
  const { stdout } = await ran(["--help"]);
  for (const word of ["grep", "stream-forward", "stream-backward"]) {
    assert.match(stdout, new RegExp(`^ {2}${word} {2,}\\w`, "m"));
    const own = await ran([word, "--help"]);
    assert.equal(own.code, 0);
    assert(own.stdout.includes(`Usage: cluster-agent ${word} [OPTIONS]`));
  }
});
