import assert from "#assert";
import { ConfigError } from "./config_error.ts";
import { parseDocument } from "./document.ts";

for (
  const [file, text] of [
    ["/a.b/c.yaml", "addr: :1\ntls: {cert-file: /x}\nlist: [a, b]\n"],
    ["c.yml", "---\n# note\naddr: ':1'\ntls:\n  cert-file: /x\nlist: [a, b]\n"],
    ["C.YML", '{"addr": ":1", "tls": {"cert-file": "/x"}, "list": ["a", "b"]}'],
    [
      "c.json",
      '{"addr": ":1", "tls": {"cert-file": "/x"}, "list": ["a", "b"]}',
    ],
    ["c.json", '\uFEFF{"addr": ":1", "tls": {"cert-file": "/x"}, "list": ["a", "b"]}'],
    ["c.toml", 'addr = ":1"\nlist = ["a", "b"]\n[tls]\ncert-file = "/x"\n'],
    ["c.Toml", '\uFEFFaddr = ":1"\nlist = ["a", "b"]\ntls.cert-file = "/x"\n'],
  ] as const
) {
  Deno.test(`parseDocument reads ${JSON.stringify(text)} as ${file}`, () => {
    const document = parseDocument(text, { file });
    assert.deepEqual(JSON.parse(JSON.stringify(document)), {
      addr: ":1",
      list: ["a", "b"],
      tls: { "cert-file": "/x" },
    });
  });
}

for (
  const [file, text] of [
    ["c.yaml", ""],
    ["c.yaml", "# nothing\n"],
    ["c.json", "null"],
    ["c.toml", ""],
  ] as const
) {
  Deno.test(`parseDocument takes ${JSON.stringify(text)} as ${file} for no settings`, () => {
    assert.deepEqual(Object.keys(parseDocument(text, { file })), []);
  });
}

for (
  const [file, text, detail] of [
    [
      "c.conf",
      "",
      "it is not of a registered file format, expected yaml, yml, json, toml",
    ],
    [
      "c",
      "",
      "it is not of a registered file format, expected yaml, yml, json, toml",
    ],
    ["yaml", "", "it is not of a registered file format"],
    ["/x.yaml/c", "", "it is not of a registered file format"],
    ["c.constructor", "", "it is not of a registered file format"],
    [
      "c.RON",
      "",
      "it is not of a registered file format, ron is no longer read",
    ],
    ["c.ini", "", "ini is no longer read, write the file as one of yaml"],
    ["c.json5", "", "json5 is no longer read"],
    ["c.yaml", "a: [1\n", "it does not parse as yaml: "],
    ["c.yaml", "a: 1\na: 2\n", "at line 2, column 1"],
    ["c.yaml", "a: *b\n", "it does not parse as yaml: Unresolved alias"],
    ["c.yaml", "a: 1\n---\nb: 2\n", "it does not parse as yaml: "],
    ["c.json", "{", "it does not parse as json: "],
    ["c.json", "", "it does not parse as json: "],
    ["c.toml", "a = \n", "it does not parse as toml: "],
    ["c.json", " \n", "it does not parse as json: it is empty"],
    ["c.yaml", "a:\n\tb: 1\n", "Tabs are not allowed as indentation at line 2, column 1"],
    ["c.yaml", "a: 1\n---\nb: 2\n", "it has more than one document"],
    ["c.toml", "a = 1\na = 2\n", "trying to redefine an already defined table or value at line 2, column 1"],
    ["c.yaml", "- a\n", "it is a list, expected a map of settings"],
    ["c.yaml", "text\n", "it is a text, expected a map of settings"],
    ["c.json", "5", "it is a number, expected a map of settings"],
  ] as const
) {
  Deno.test(`parseDocument refuses ${JSON.stringify(text)} as ${file}`, () => {
    assert.throws(() => parseDocument(text, { file }), (error: Error) => {
      assert(error instanceof ConfigError);
      assert(
        error.message.startsWith(`Cannot use configuration file "${file}": `),
      );
      assert(error.message.includes(detail), error.message);
      assert(!error.message.includes("\n"), error.message);
      return true;
    });
  });
}

Deno.test("parseDocument tells the reason and the place on one line, without the text around", () => {
  assert.throws(() => parseDocument("a: 1\nb: [2\n", { file: "c.yaml" }), {
    message:
      'Cannot use configuration file "c.yaml": it does not parse as yaml: Flow sequence in block collection must be sufficiently indented and end with a ] at line 3, column 1',
  });
});

Deno.test("parseDocument keeps a __proto__ key to itself", () => {
  for (
    const [file, text] of [
      ["c.json", '{"__proto__": {"addr": ":1"}}'],
      ["c.yaml", "__proto__: {addr: ':1'}\n"],
    ] as const
  ) {
    const document = parseDocument(text, { file });
    assert.equal(document["addr"], undefined);
    assert.equal(Object.getPrototypeOf(document), Object.prototype);
  }
});
