/**
 * The completions, in the shells themselves: each is started at a terminal, loads the script as `docs/terminal.md`
 * says, and gets the keys that a person would type.
 *
 * @module
 */
import assert from "#assert";
import { completions, type Shell, SHELLS } from "../../src/cli/options/completions.ts";
import { inTime } from "../support/in_time.ts";
import { check } from "./check.ts";

/** What a shell prints when it waits for a line. */
const PROMPT = "READY>";
const TAB = "\t";

/** How a shell is started, and how it is made to load the script in `$folder`. */
const STARTS: Readonly<Record<Shell, { readonly command: string; readonly script: string; readonly load: string }>> = {
  bash: {
    command: "bash --norc --noprofile -i",
    script: "script",
    load: `PS1='${PROMPT}'; source <(cat "$folder/script")
cluster-agent() { printf '\\n=%s' "$@"; echo ' .'; }`,
  },
  zsh: {
    command: "zsh -f -i",
    script: "_cluster-agent",
    load:
      `PROMPT='${PROMPT}'; unsetopt zle_bracketed_paste; fpath=("$folder" $fpath); autoload -Uz compinit; compinit -u -D
cluster-agent() { printf '\\n=%s' "$@"; echo ' .'; }`,
  },
  fish: {
    command: "fish --private -i",
    script: "config/fish/completions/cluster-agent.fish",
    load: `function fish_prompt; echo -n '${PROMPT}'; end
function cluster-agent; printf '\\n=%s' $argv; echo ' .'; end`,
  },
};

/** What is typed, and the words that the program gets. */
const TYPED: readonly (readonly [keys: string, words: readonly string[]])[] = [
  [`gr${TAB}x`, ["grep", "x"]],
  [`stream-f${TAB}x`, ["stream-forward", "x"]],
  [`--hel${TAB}x`, ["--help", "x"]],
  [`grep x --ig${TAB}y`, ["grep", "x", "--ignore-case", "y"]],
  [`grep x --no-mess${TAB}y`, ["grep", "x", "--no-messages", "y"]],
  [`grep x --color al${TAB}y`, ["grep", "x", "--color", "always", "y"]],
  [`grep x --color=al${TAB}y`, ["grep", "x", "--color=always", "y"]],
  [`grep x --stream stde${TAB}y`, ["grep", "x", "--stream", "stderr", "y"]],
  [`grep x some-f${TAB}y`, ["grep", "x", "some-file.log", "y"]],
  [`grep x 'a b' with${TAB}y`, ["grep", "x", "a b", "with space.log", "y"]],
  [`grep -f some-f${TAB}y`, ["grep", "-f", "some-file.log", "y"]],
  // A pattern that is the name of a command.
  [`grep check --str${TAB} y`, ["grep", "check", "--stream", "y"]],
  [`stream-forward --follow-from def${TAB}y`, ["stream-forward", "--follow-from", "default", "y"]],
  [`check --str${TAB}y`, ["check", "--strict", "y"]],
  [`completions z${TAB}`, ["completions", "zsh"]],
  [`help stream-b${TAB}`, ["help", "stream-backward"]],
];

for (const shell of SHELLS) {
  await check(`${shell} completes what is typed`, [shell, "script"], async (_, { path }) => {
    const folder = await Deno.makeTempDir();
    try {
      const words = await typedIn(shell, { folder, script: path });
      assert.deepEqual(words, TYPED.map(([keys, expected]) => ({ keys, words: expected })));
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}

/** Types all of it, and returns which words the program got each time. */
async function typedIn(
  shell: Shell,
  { folder, script }: { readonly folder: string; readonly script: string },
): Promise<{ readonly keys: string; readonly words: readonly string[] }[]> {
  const { command, script: name, load } = STARTS[shell];
  const path = `${folder}/${name}`;
  await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
  await Deno.writeTextFile(path, completions(shell));
  for (const file of ["some-file.log", "with space.log"]) await Deno.writeTextFile(`${folder}/${file}`, "");
  const env = {
    folder,
    HOME: folder,
    XDG_CONFIG_HOME: `${folder}/config`,
    XDG_DATA_HOME: `${folder}/data`,
    PATH: Deno.env.get("PATH") ?? "",
    LANG: "C.UTF-8",
    TERM: "dumb",
  };
  await using terminal = openTerminal(script, { command, env, cwd: folder });
  await terminal.type(`${load.replaceAll("\n", ";")}; echo LOAD''ED\n`);
  await terminal.wait(/LOADED[^]*READY>/, "loads the completions");
  const got = [];
  for (const [keys] of TYPED) {
    await terminal.type(`cluster-agent ${keys}\n`);
    const text = await terminal.wait(/(?:\n=[^\n]*)+ \.\r?\n[^]*READY>/, `runs ${JSON.stringify(keys)}`);
    const words = /((?:\n=[^\n]*)+) \.\r?\n/.exec(text)?.[1] ?? "";
    got.push({ keys, words: words.replaceAll("\r", "").split("\n=").slice(1) });
  }
  return got;
}

interface OpenTerminal extends AsyncDisposable {
  /** Types keys. */
  type(keys: string): Promise<void>;
  /** Waits until what was printed since the last wait is such a text, and returns it. */
  wait(wanted: RegExp, what: string): Promise<string>;
}

/** Starts a program at a terminal. */
function openTerminal(
  script: string,
  options: { readonly command: string; readonly env: Record<string, string>; readonly cwd: string },
): OpenTerminal {
  const { command, env, cwd } = options;
  const args = ["--quiet", "--return", "--command", `stty -echo cols 200 rows 50; exec ${command}`, "/dev/null"];
  const child = new Deno.Command(script, { args, env, cwd, clearEnv: true, stdin: "piped", stdout: "piped" }).spawn();
  const keyboard = child.stdin.getWriter();
  const screen = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  return {
    type: (keys) => keyboard.write(new TextEncoder().encode(keys)),
    wait: async (wanted, what) => {
      while (!wanted.test(text)) {
        const condition = (): string => `the shell ${what}; it printed ${JSON.stringify(text)}`;
        const { value, done } = await inTime(condition, screen.read(), { deadlineMs: 20_000 });
        assert(!done, `The shell ended before it ${what}: ${text}`);
        text += value;
      }
      const taken = text;
      text = "";
      return taken;
    },
    [Symbol.asyncDispose]: async () => {
      child.kill("SIGKILL");
      await child.status;
      await keyboard.abort().catch(() => {});
      await screen.cancel();
    },
  };
}
