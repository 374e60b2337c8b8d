import assert from "#assert";
import { type Command, parseCommandLine } from "./flags.ts";
import { helpText } from "./options/help_text.ts";

const HELP = helpText("serve");

for (
  const [argv, expected] of [
    [["--config=/x"], { kind: "serve", config: "/x", params: [] }],
    [["--config", "/x"], { kind: "serve", config: "/x", params: [] }],
    [["-c", "/x"], { kind: "serve", config: "/x", params: [] }],
    [["-c/x"], { kind: "serve", config: "/x", params: [] }],
    [["-c=/x"], { kind: "serve", config: "/x", params: [] }],
    [["-c", "=x"], { kind: "serve", config: "=x", params: [] }],
    [["--addr=:1", "-c", "x"], {
      kind: "serve",
      config: "x",
      addr: ":1",
      params: [],
    }],
    [["-c", "x", "-a", "[::]:1"], {
      kind: "serve",
      config: "x",
      addr: "[::]:1",
      params: [],
    }],
    [
      ["-p", "a:b:c", "-c", "x", "--param=d:", "--param", "e.f:g=h"],
      { kind: "serve", config: "x", params: ["a:b:c", "d:", "e.f:g=h"] },
    ],
    [["-h"], { kind: "help", text: HELP }],
    [["--help"], { kind: "help", text: HELP }],
    [["-V"], { kind: "version" }],
    [["--version", "-c", "x"], { kind: "version" }],
    [["-Vh"], { kind: "help", text: HELP }],
    [["help"], { kind: "help", text: HELP }],
    [["help", "grep"], { kind: "help", text: helpText("grep") }],
    [["grep", "--help"], { kind: "help", text: helpText("grep") }],
    [["version"], { kind: "version" }],
    [["completions", "zsh"], { kind: "completions", shell: "zsh" }],
    [["completions", "-h"], { kind: "help", text: helpText("completions") }],
  ] satisfies [string[], Command][]
) {
  Deno.test(`parseCommandLine reads ${argv.join(" ")}`, () => {
    assert.deepEqual(parseCommandLine(argv), expected);
  });
}

for (
  const [argv, message] of [
    [[], "--config <FILE> is required"],
    [["-a", ":1"], "--config <FILE> is required"],
    [["--config="], "--config <FILE> is required"],
    [["-c", "x", "--nope"], "--nope"],
    [["-c", "x", "-z"], "-z"],
    [["-c"], "argument missing"],
    [["-c", "-p"], "ambiguous"],
    [["--help=yes"], "does not take an argument"],
    [["-c", "x", "word"], "word"],
    [["-c", "x", "--", "word"], "word"],
    [["-c", "x", "-c", "y"], "--config can be given only once"],
    [["-c", "x", "-a", ":1", "--addr", ":2"], "--addr can be given only once"],
    [["--help", "--nope"], "--nope"],
    [
      ["-c", "x", "-p", "novalue"],
      '"novalue": configuration should have format <config name>:<value>, i.e. logging.level:debug',
    ],
    [["collect"], "the collector is a program of its own, cluster-collector"],
    [["serve", "-c", "x"], 'unknown command "serve"'],
    [[""], 'unknown command ""'],
    [["greo", "x"], 'unknown command "greo"; did you mean grep?'],
    [["stream-foward"], 'unknown command "stream-foward"; did you mean stream-forward?'],
    [["help", "chekc"], 'unknown command "chekc"; did you mean check?'],
    [["-c", "x", "--adr", ":1"], "Unknown option '--adr'; did you mean --addr?"],
    [["completions"], "<SHELL> is missing"],
    [["completions", "tcsh"], 'Cannot complete in "tcsh"'],
    [["completions", "zsh", "bash"], "Cannot take more than one shell"],
  ] satisfies [string[], string][]
) {
  Deno.test(`parseCommandLine refuses ${JSON.stringify(argv)}`, () => {
    const command = parseCommandLine(argv);
    const said = command.kind === "usage-error" ? command.message : "";
    assert(said.includes(message), `${command.kind} ${said}`);
    assert(!said.includes("\n"));
  });
}

Deno.test("HELP tells every flag that parseCommandLine takes", () => {
  const told = [...HELP.matchAll(/^ {2}(-\w), (--\w+)/gm)].flatMap((
    [, short, long],
  ) => [short, long]);
  assert.deepEqual(told, [
    "-c",
    "--config",
    "-a",
    "--addr",
    "-p",
    "--param",
    "-h",
    "--help",
    "-V",
    "--version",
  ]);
  for (const flag of told) {
    const command = parseCommandLine([`${flag}`]);
    assert(
      command.kind !== "usage-error" || !command.message.includes("Unknown"),
      flag,
    );
  }
});
