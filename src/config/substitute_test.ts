import assert from "#assert";
import { ConfigError } from "./config_error.ts";
import { substitute } from "./substitute.ts";

const VARIABLES: Readonly<Record<string, string>> = {
  NAME: "world",
  A_1: "one",
  "5": "five",
  EMPTY: "",
  DOLLAR: "$NAME \\x ${",
};

function run(text: string): string {
  return substitute(text, {
    file: "/f.yaml",
    env: (name) => VARIABLES[name],
  });
}

for (
  const [text, expected] of [
    ["", ""],
    ["plain { } : text", "plain { } : text"],
    ["$NAME", "world"],
    ["${NAME}!", "world!"],
    ["a: $NAME/x-$A_1.y", "a: world/x-one.y"],
    ["$NAME$NAME", "worldworld"],
    ["$5", "five"],
    ["[$EMPTY]", "[]"],
    ["# a comment with ${NAME}", "# a comment with world"],
    ["\\$5 \\$NAME \\\\ \\{ \\} \\:", "$5 $NAME \\ { } :"],
    ["${UNSET:fallback}", "fallback"],
    ["${UNSET:}", ""],
    ["${EMPTY:fallback}", ""],
    ["${NAME:fallback}", "world"],
    ["${UNSET:$NAME}", "world"],
    ["${UNSET:${ALSO:<${NAME}>}}", "<world>"],
    ["${UNSET:[::]:50051}", "[::]:50051"],
    ["${UNSET:{a: {b: 1}}} c", "{a: {b: 1}} c"],
    ["${UNSET:a\\}b}", "a}b"],
    ["${UNSET:\\$5}", "$5"],
    ["${NAME:$UNSET}", "world"],
    ["$DOLLAR", "$NAME \\x ${"],
    ["ä$NAME→", "äworld→"],
  ] as const
) {
  Deno.test(`substitute turns ${JSON.stringify(text)} into ${JSON.stringify(expected)}`, () => {
    assert.equal(run(text), expected);
  });
}

for (
  const [text, detail] of [
    ["a\nb: $UNSET", "line 2: variable UNSET is not set and has no default"],
    ["${UNSET}", "line 1: variable UNSET is not set and has no default"],
    ["# $UNSET", "line 1: variable UNSET is not set and has no default"],
    ["${UNSET:$ALSO}", "variable ALSO is not set and has no default"],
    ["costs $ 5", "a $ without a variable name"],
    ["$", "a $ without a variable name"],
    ["${}", "a $ without a variable name"],
    ["${", "a $ without a variable name"],
    ["${ä}", "a $ without a variable name"],
    ["${NAME", "variable NAME lacks a closing brace"],
    ["${NAME-x}", "variable NAME lacks a closing brace"],
    ["${NAME:x", "variable NAME lacks a closing brace"],
    ["${NAME:{x}", "variable NAME lacks a closing brace"],
    ["${NAME:$}", "a $ without a variable name"],
    ["C:\\dir", 'bad escape "\\\\d"'],
    ["a\\", 'bad escape "\\\\"'],
    ["${NAME:\\x}", 'bad escape "\\\\x"'],
  ] as const
) {
  Deno.test(`substitute refuses ${JSON.stringify(text)}`, () => {
    assert.throws(() => run(text), (error: Error) => {
      assert(error instanceof ConfigError);
      assert(
        error.message.startsWith('Cannot use configuration file "/f.yaml": '),
      );
      assert(error.message.includes(detail), error.message);
      return true;
    });
  });
}

Deno.test("substitute names the variable that it may not read", () => {
  const env = (): never => {
    throw new Deno.errors.NotCapable("Requires env access to SECRET");
  };
  assert.throws(() => substitute("$SECRET", { file: "f.yaml", env }), {
    name: "ConfigError",
    message:
      'Cannot use configuration file "f.yaml": line 1: cannot read variable SECRET: Requires env access to SECRET',
  });
});

Deno.test("substitute asks for no variable inside a default that is not used", () => {
  const asked: string[] = [];
  const env = (name: string): string | undefined => {
    asked.push(name);
    return VARIABLES[name];
  };
  substitute("${NAME:$OTHER} ${UNSET:$A_1}", { file: "f.yaml", env });
  assert.deepEqual(asked, ["NAME", "UNSET", "A_1"]);
});

Deno.test("substitute() marks what is empty where it is told to, and nothing else", () => {
  const text = "[$EMPTY] ${UNSET:} ${NAME:} ${UNSET:a${EMPTY}b} \\$ $NAME";
  assert.equal(
    substitute(text, { file: "/f.yaml", env: (name) => VARIABLES[name], emptyAs: "<>" }),
    "[<>] <> world a<>b $ world",
  );
});

Deno.test("substitute() takes defaults within defaults to a hundred, and refuses more by line", () => {
  const nested = (depth: number): string => "${UNSET:".repeat(depth) + "x" + "}".repeat(depth);
  assert.equal(run(nested(100)), "x");
  assert.throws(() => run(`\n${nested(100_000)}`), {
    name: "ConfigError",
    message:
      'Cannot use configuration file "/f.yaml": line 2: variables stand in each other\'s defaults, more than 100 deep',
  });
});
