import assert from "#assert";
import { bundleAgent } from "../support/agent_bundle.ts";
import { attacks } from "./attacks.ts";
import { loopbackOnly, NotLoopbackError } from "./loopback.ts";
import { AttackUsageError, parseOptions } from "./options.ts";

Deno.test("attacks go to this machine only", () => {
  for (const host of ["127.0.0.1", "127.1.2.3", "::1"]) assert.equal(loopbackOnly(host), host);
  for (const host of ["10.0.0.1", "0.0.0.0", "::", "localhost", "example.com", "127.0.0.1.example.com", "127.1"]) {
    assert.throws(() => loopbackOnly(host), NotLoopbackError, host);
  }
});

Deno.test("the command line of the attack suite", () => {
  assert.equal(new Set(attacks.map(({ name }) => name)).size, attacks.length, "no name stands twice");
  assert.equal(parseOptions([]).only.length, attacks.length);
  assert.deepEqual(parseOptions(["--only", "ping", "--quick"]).only, ["ping-flood", "ping-unread"]);
  assert.equal(parseOptions(["--bundle", "dist"]).bundle, "dist/main.js");
  for (const args of [["--only", "no-such"], ["--addr", "10.0.0.1:50051"], ["--help"]]) {
    assert.throws(() => parseOptions(args), AttackUsageError, args.join(" "));
  }
});

interface Rows {
  readonly rows: readonly {
    readonly name: string;
    readonly problems: readonly string[];
    readonly checks: readonly { readonly what: string; readonly met: boolean; readonly isTiming: boolean }[];
  }[];
}

Deno.test("every attack in small: an ordinary caller has right answers, nothing is left open, and the agent lives", async () => {
  await using bundle = await bundleAgent();
  const json = `${bundle.folder}/rows.json`;
  // In a process of its own: it looks into `/proc`, which takes all permissions.
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", "tests/attack/main.ts", "--quick", "--bundle", bundle.file, "--json", json],
    cwd: new URL("../../", import.meta.url),
  }).output();
  const printed = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  assert.ok(code === 0 || code === 1, printed);
  const { rows }: Rows = JSON.parse(await Deno.readTextFile(json));
  assert.deepEqual(rows.map(({ name }) => name), attacks.map(({ name }) => name));
  for (const { name, problems, checks } of rows) {
    assert.deepEqual(problems, [], name);
    // Times, and what depends on them, are for a machine that has nothing else to do.
    const broken = checks.filter(({ isTiming, met }) => !isTiming && !met).map(({ what }) => what);
    assert.deepEqual(broken, [], `${name}\n${printed}`);
  }
});
