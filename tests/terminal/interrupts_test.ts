/**
 * How a search ends before its end: by a signal, by Ctrl-C at a terminal, by a reader that goes.
 *
 * Each is the bundled program, in a process of its own.
 *
 * @module
 */
import assert from "#assert";
import { bundleAgent } from "../support/agent_bundle.ts";
import { inTime } from "../support/in_time.ts";
import { testFile } from "../support/random_log.ts";

const LINE = "2025-03-04T05:00:00Z stdout F ";
/** More than a pipe and a batch hold. */
const MANY_LINES = `${LINE}one\n`.repeat(200_000);
const CTRL_C = "\x03";

const bundle = await bundleAgent();
Deno.test.afterAll(async () => await bundle[Symbol.asyncDispose]());
const program = [Deno.execPath(), "run", "--no-prompt", "--allow-read", bundle.file];

function search(words: readonly string[], stdin: "piped" | "null"): Deno.ChildProcess {
  const [path = "", ...args] = [...program, "grep", ...words];
  return new Deno.Command(path, { args, stdin, stdout: "piped", stderr: "piped" }).spawn();
}

function ended(child: Deno.ChildProcess, what: string): Promise<Deno.CommandStatus> {
  return inTime(() => `the search ends: ${what}`, child.status, { deadlineMs: 20_000 });
}

Deno.test("SIGINT ends a search that has found nothing yet", async () => {
  await using child = search(["two", "-"], "piped");
  const writer = child.stdin.getWriter();
  const lines = new TextEncoder().encode(MANY_LINES);
  // A pipe holds less: all but the end of the second text was read.
  for (let at = 0; at < 2; at++) await writer.write(lines);
  child.kill("SIGINT");
  const { code, signal } = await ended(child, "while it reads");
  assert.deepEqual({ code, signal }, { code: 130, signal: "SIGINT" });
  assert.equal(await new Response(child.stdout).text(), "");
  assert.equal(await new Response(child.stderr).text(), "");
  await writer.abort().catch(() => {});
});

Deno.test("SIGINT ends a search whose output is not read", async () => {
  await using file = await testFile(MANY_LINES);
  await using child = search(["--color=always", "one", file.path], "null");
  const reader = child.stdout.getReader();
  assert(!(await reader.read()).done);
  child.kill("SIGINT");
  const { code, signal } = await ended(child, "while it waits for a reader");
  assert.deepEqual({ code, signal }, { code: 130, signal: "SIGINT" });
  reader.releaseLock();
  await child.stdout.cancel();
  assert.equal(await new Response(child.stderr).text(), "");
});

Deno.test("a search whose reader goes ends with 0 and without a word", async () => {
  await using file = await testFile(MANY_LINES);
  const { code, stdout, stderr } = await new Deno.Command("bash", {
    args: ["-c", `"$@" | head -n 1; exit "\${PIPESTATUS[0]}"`, "bash", ...program, "grep", "one", file.path],
  }).output();
  const text = new TextDecoder().decode(stdout);
  assert.deepEqual({ code, text, told: new TextDecoder().decode(stderr) }, {
    code: 0,
    text: "2025-03-04T05:00:00.000000000Z one\n",
    told: "",
  });
});

Deno.test("a search whose output is closed from its start ends as if it were read", async () => {
  await using file = await testFile(`${LINE}one\n`);
  for (const [pattern, expected] of [["one", 0], ["two", 1]] as const) {
    const args = ["-c", `"$@" >&-`, "bash", ...program, "grep", pattern, file.path];
    const { code, stderr } = await new Deno.Command("bash", { args }).output();
    assert.deepEqual([code, new TextDecoder().decode(stderr)], [expected, ""]);
  }
});

const SCRIPT = await isThere("script") ? "script" : undefined;

for (
  const [what, words, shown] of [
    ["while standard input is waited for", ["--color=always", "one", "-"], /one/],
    ["while it prints a long file", ["--color=always", "one", "FILE"], /one/],
  ] as const
) {
  Deno.test({
    name: `Ctrl-C ends a search ${what}, and the terminal has no colour then${SCRIPT ? "" : " (skipped: no `script`)"}`,
    ignore: SCRIPT === undefined,
    fn: async () => {
      await using file = await testFile(MANY_LINES.repeat(8));
      const command = [...program, "grep", ...words.map((word) => word === "FILE" ? file.path : word)].join(" ");
      const args = ["--quiet", "--return", "--command", command, "/dev/null"];
      await using child = new Deno.Command("script", { args, stdin: "piped", stdout: "piped" }).spawn();
      const keyboard = child.stdin.getWriter();
      const encoder = new TextEncoder();
      if (words.at(-1) === "-") await keyboard.write(encoder.encode(`${LINE}one\n`));
      let text = "";
      let hasNote = false;
      const reading = (async (): Promise<void> => {
        let hasTyped = false;
        for await (const part of child.stdout.pipeThrough(new TextDecoderStream())) {
          text = (text + part).slice(-1000);
          hasNote ||= text.includes("Searching standard input, which is the terminal");
          // The line that was typed is shown, too.
          if (hasTyped || !(shown.test(text) && text.includes("\x1b[1;31m"))) continue;
          hasTyped = true;
          await keyboard.write(encoder.encode(CTRL_C));
        }
      })();
      assert.equal((await ended(child, what)).code, 130);
      await reading;
      assert.equal(hasNote, words.at(-1) === "-");
      assert(text.endsWith("\x1b[0m"), JSON.stringify(text));
      await keyboard.abort().catch(() => {});
    },
  });
}

async function isThere(name: string): Promise<boolean> {
  try {
    return (await new Deno.Command(name, { args: ["--version"], stdout: "null", stderr: "null" }).output()).success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
