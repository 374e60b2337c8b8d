import assert from "#assert";
import { checkRuntimeOptions, RuntimeOptionError } from "./runtime_options.ts";

const isDebugged = (): boolean => Boolean(0);

for (
  const text of [
    "--inspect",
    "--inspect=0.0.0.0:9229",
    "--title=a  --inspect-brk",
    "--inspect-wait=1",
    "--inspect-publish-uid=http",
    "'--inspect'",
    "-r /x.cjs",
    "--require /x.cjs",
    "--require=/x.cjs",
    "--import=/x.mjs",
    "\t--experimental-loader /x.mjs",
  ]
) {
  Deno.test(`checkRuntimeOptions() refuses NODE_OPTIONS of ${JSON.stringify(text)}`, () => {
    const env = (name: string): string | undefined => name === "NODE_OPTIONS" ? text : undefined;
    assert.throws(() => checkRuntimeOptions({ env, isDebugged }), RuntimeOptionError);
  });
}

Deno.test("checkRuntimeOptions() takes other options, and none", () => {
  for (
    const text of [undefined, "", "--max-old-space-size=100 --tls-min-v1.0 --no-warnings -rx --inspector", "inspect"]
  ) {
    checkRuntimeOptions({ env: () => text, isDebugged });
  }
});

Deno.test("checkRuntimeOptions() names the option, and not what follows it", () => {
  assert.throws(() => checkRuntimeOptions({ env: () => "--import=https://me:secret@x/", isDebugged }), {
    message:
      'Cannot start with "--import" in NODE_OPTIONS: it opens a debugger in this process, or runs other code in it',
  });
});

Deno.test("checkRuntimeOptions() refuses NODE_DEBUG of a part that writes what is sent", () => {
  for (const part of ["http", "https", "http2", "net", "stream", "tls"]) {
    assert.throws(() => checkRuntimeOptions({ env: () => undefined, isDebugged: (asked) => asked === part }), {
      message: `Cannot start with "${part}" in NODE_DEBUG: it writes tokens to the log`,
    });
  }
  checkRuntimeOptions({ env: () => undefined, isDebugged: (asked) => asked === "timer" });
});

Deno.test({
  name: "checkRuntimeOptions() asks for no permission that it has not got",
  permissions: "none",
  fn: () => checkRuntimeOptions(),
});
