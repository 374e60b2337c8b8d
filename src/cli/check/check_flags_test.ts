import assert from "#assert";
import { helpText } from "../options/help_text.ts";
import { parseCheck } from "./check_flags.ts";

const [yes, no] = [Boolean(1), Boolean(0)];
const least = { kind: "check", addr: undefined, params: [], serverName: undefined, isJson: no, isStrict: no };

for (
  const [words, expected] of [
    [["--config=/x"], { ...least, config: "/x" }],
    [["-c", "/x"], { ...least, config: "/x" }],
    [["-c=/x", "-a=:1", "-p=a:b", "--param", "c:d"], { ...least, config: "/x", addr: ":1", params: ["a:b", "c:d"] }],
    [["-c/x", "--json", "--strict", "--server-name", "n"], {
      ...least,
      config: "/x",
      serverName: "n",
      isJson: yes,
      isStrict: yes,
    }],
    [["--help"], { kind: "help", text: helpText("check") }],
  ] as const
) {
  Deno.test(`check reads ${words.join(" ")}`, () => assert.deepEqual(parseCheck(words), expected));
}

for (
  const [words, message] of [
    [[], /--config <FILE> is required/],
    [["--config="], /--config <FILE> is required/],
    [["-c", "x", "-c", "y"], /--config can be given only once/],
    [["-c", "x", "-p", "a"], /Cannot use --param "a": expected key:value/],
    [["-c", "x", "all"], /Cannot take "all"/],
    [["-c", "x", "--jsno"], /--jsno/],
  ] as const
) {
  Deno.test(`check does not take ${JSON.stringify(words)}`, () => {
    const { kind, message: given } = parseCheck(words) as { kind: string; message: string };
    assert.equal(kind, "usage-error");
    assert.match(given, message);
  });
}
