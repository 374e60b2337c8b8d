import assert from "#assert";
import { sourceCommand } from "../../../tests/support/agent_process.ts";

/** Starts the agent with a file that it refuses; resolves to its exit code and what it prints. */
async function start(
  name: string,
  text: string | undefined,
  flags: readonly string[],
): Promise<{ readonly code: number; readonly out: string; readonly err: string; readonly file: string }> {
  const folder = await Deno.makeTempDir({ prefix: "refused-start-" });
  const file = `${folder}/${name}`;
  try {
    if (text !== undefined) await Deno.writeTextFile(file, text);
    const [program = "", ...args] = [...sourceCommand, `--config=${file}`, ...flags];
    const { code, stdout, stderr } = await new Deno.Command(program, {
      args,
      cwd: new URL("../../../", import.meta.url),
      env: { NO_COLOR: "1" },
      stdin: "null",
    }).output();
    const decoder = new TextDecoder();
    return { code, out: decoder.decode(stdout), err: decoder.decode(stderr), file };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const FILES = "tls: {cert-file: /c, key-file: /k, ca-file: /ca}\n";

for (
  const [what, name, text, flags, message] of [
    [
      "an unknown key that opens something",
      "a.yaml",
      "tls:\n  cert-flie: /c\n",
      [],
      'Cannot use configuration file "FILE": "tls.cert-flie" is no setting, did you mean tls.cert-file?',
    ],
    [
      "a wrong value",
      "a.toml",
      'addr = 50051\n[tls]\ncert-file = "/c"\nkey-file = "/k"\nca-file = "/ca"\n',
      [],
      'Cannot use configuration file "FILE": addr is 50051, expected IP:PORT, HOST:PORT or :PORT',
    ],
    [
      "a wrong value on the command line",
      "a.yaml",
      FILES,
      ["--param=limits.connections:0"],
      'Cannot use -p: limits.connections is "0", expected a whole number from 1 to 1000000',
    ],
    [
      "a tab",
      "a.yaml",
      "tls:\n\tcert-file: /c\n",
      [],
      'Cannot use configuration file "FILE": it does not parse as yaml: Tabs are not allowed as indentation at line 2',
    ],
    ["an empty file", "a.json", "", [], 'Cannot use configuration file "FILE": it does not parse as json: it is empty'],
    [
      "a variable that is not set",
      "a.json",
      '{"addr": "${KUBETAIL_NONE}"}',
      [],
      'Cannot use configuration file "FILE": line 1: variable KUBETAIL_NONE is not set and has no default',
    ],
    [
      "a file that is not there",
      "a.yaml",
      undefined,
      [],
      'Cannot read configuration file "FILE": No such file or directory (os error 2)',
    ],
  ] as const
) {
  Deno.test(`${what} ends the start with exit code 1 and one line, without a stack`, async () => {
    const { code, err, file } = await start(name, text, flags);
    assert.equal(code, 1, err);
    const lines = err.trimEnd().split("\n");
    assert.equal(lines.length, 1, err);
    assert.ok(lines[0]?.startsWith(`Error: ${message.replace("FILE", file)}`), err);
  });
}

Deno.test("a flag that nobody knows is a mistake of usage: exit code 2", async () => {
  const { code, err } = await start("a.yaml", FILES, ["--parm=a:b"]);
  assert.equal(code, 2, err);
  assert.match(err, /^error: .*--parm.*\n\nFor more information, try '--help'\.\n$/);
});
