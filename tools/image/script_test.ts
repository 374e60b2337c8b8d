import assert from "#assert";
import config from "../../deno.json" with { type: "json" };
import { PROGRAMS } from "../compile/programs.ts";
import { configOf, scriptOf } from "./script.ts";

for (const program of ["agent", "collector"] as const) {
  Deno.test(`the script of the ${program} starts it with the flags that it is compiled with, and nothing from outside`, () => {
    const [first = "", second] = scriptOf({ program, output: "/x" }).split("\n");
    const words = first.split(" ");
    assert.deepEqual(words.slice(0, 4), ["#!/usr/bin/env", "-S", "/usr/bin/deno", "run"]);
    assert(words.includes(`-P=${program}`));
    assert(words.includes(`--v8-flags=${PROGRAMS[program].v8Flags.join(",")}`));
    for (const flag of ["--no-code-cache", "--no-prompt", "--no-remote", "--no-npm"]) {
      assert(words.includes(flag), flag);
    }
    assert.deepEqual(words.filter((word) => /^--allow|^-A|^--deny/.test(word)), []);
    assert.equal(second, `import "./${PROGRAMS[program].entry}";`);
  });

  Deno.test(`the permissions beside the script of the ${program} are those of deno.json`, () => {
    assert.deepEqual(configOf({ program, output: "/x" }), {
      permissions: { [program]: config.permissions[program] },
    });
  });
}

Deno.test("a builder adds folders and names to those that are declared", () => {
  const { read, env, ...rest } = config.permissions.agent;
  assert.deepEqual(configOf({ program: "agent", output: "/x", read: ["/data"], env: ["POD_IP"] }), {
    permissions: {
      agent: { ...rest, read: [...read, "/data"], env: { allow: [...env.allow, "POD_IP"], ignore: env.ignore } },
    },
  });
});

Deno.test("a first line that the kernel would cut off is refused", () => {
  assert.throws(() => scriptOf({ program: "agent", output: "/x", v8Flags: ["--x".repeat(50)] }), {
    name: "ScriptError",
    message: /^Cannot write the script: its first line has \d+ bytes, over 255$/,
  });
});
