import assert from "#assert";
import { completions, SHELLS } from "./completions.ts";
import { COMMAND_TABLE } from "./command_table.ts";
import { COMMAND_NAMES, optionsOf } from "./option_table.ts";

/** Reports whether a shell is there. */
async function isThere(shell: string): Promise<boolean> {
  try {
    return (await new Deno.Command(shell, { args: ["-c", "exit 0"] }).output()).success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

const there = new Map(await Promise.all(SHELLS.map(async (shell) => [shell, await isThere(shell)] as const)));

async function run(shell: string, script: string): Promise<string[]> {
  const { stdout, stderr, success } = await new Deno.Command(shell, { args: ["-c", script] }).output();
  const told = new TextDecoder().decode(stderr);
  assert(success && told === "", told);
  return new TextDecoder().decode(stdout).split("\n").filter((line) => line !== "");
}

/** The words that a shell offers behind these; the last one is what has been typed of the word. */
async function offered(shell: "bash" | "fish", words: readonly string[]): Promise<string[]> {
  const script = completions(shell);
  if (shell === "fish") {
    const lines = await run("fish", `${script}\ncomplete -C '${words.join(" ")}'`);
    return lines.map((line) => line.split("\t")[0] ?? "");
  }
  const list = words.map((word) => `'${word}'`).join(" ");
  return await run(
    "bash",
    `${script}\nCOMP_WORDS=(${list}); COMP_CWORD=${
      words.length - 1
    }; _cluster_agent; printf '%s\\n' "\${COMPREPLY[@]}"`,
  );
}

for (const shell of ["bash", "fish"] as const) {
  const name = there.get(shell) ? shell : `${shell} (skipped: it is not there)`;
  Deno.test({
    name: `completions() of ${name} offer commands, options and arguments`,
    ignore: !there.get(shell),
    fn: async () => {
      const sorted = async (...words: string[]): Promise<string[]> =>
        (await offered(shell, ["cluster-agent", ...words])).toSorted();
      assert.deepEqual(await sorted("stream-"), ["stream-backward", "stream-forward"]);
      assert((await sorted("--co")).includes("--config"));
      assert.deepEqual(await sorted("grep", "x", "--ig"), ["--ignore-case"]);
      assert.deepEqual(await sorted("check", "--st"), ["--strict"]);
      assert.deepEqual(await sorted("completions", ""), ["bash", "fish", "zsh"]);
      assert.deepEqual(await sorted("stream-forward", "--follow-from", "d"), ["default"]);
    },
  });
}

Deno.test({
  name: `completions() of zsh are a script that it takes${there.get("zsh") ? "" : " (skipped: it is not there)"}`,
  ignore: !there.get("zsh"),
  fn: async () => void await run("zsh", `compdef() { :; }\n${completions("zsh")}`),
});

for (const shell of SHELLS) {
  Deno.test(`completions() of ${shell} name each command and each of its options`, () => {
    const script = completions(shell);
    for (const { name } of COMMAND_TABLE) assert(script.includes(name), name);
    for (const { name } of COMMAND_NAMES.flatMap(optionsOf)) {
      assert(script.includes(shell === "fish" ? `-l ${name}` : `--${name}`), name);
    }
  });
}
