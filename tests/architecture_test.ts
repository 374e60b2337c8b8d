import assert from "#assert";
import { brokenRules, type ImportRules, importsOf, unusedAllowances } from "./_import_rules.ts";

/**
 * The table of rooms. A room's imports go down this list only; who wants another one changes the table and says why.
 */
const ROOMS = {
  "main.ts": "all",
  "agent.ts": "all",
  "collector.ts": "all",
  tests: "all",
  tools: "all",
  cli: [
    "rpc",
    "auth",
    "collector",
    "kube",
    "metadata",
    "records",
    "search",
    "logs",
    "scheduling",
    "config",
    "lifecycle",
    "telemetry",
  ],
  rpc: ["auth", "metadata", "records", "search", "logs", "scheduling", "telemetry", "proto"],
  // To wait for shared work no longer than a signal allows.
  auth: ["kube", "scheduling"],
  collector: ["kube", "scheduling", "proto"],
  // The reader of small files, which checks their size first, is the one of settings.
  kube: ["scheduling", "config"],
  metadata: ["logs", "scheduling"],
  records: ["search", "logs", "scheduling", "kernel"],
  search: ["kernel"],
  logs: ["scheduling"],
  scheduling: [],
  kernel: [],
  config: [],
  lifecycle: [],
  telemetry: [],
  proto: [],
  // For tools and tests: which permissions are declared, and by which command the bundle is made.
  "deno.json": [],
} as const;

/** Who may import which package; tests, benches and the demo may import every one. */
const PACKAGES = {
  "@grpc/": ["src/rpc/", "src/collector/relay/"],
  // The runtime exports traces; this is the way to it that OpenTelemetry keeps stable.
  "@opentelemetry/": ["src/telemetry/"],
  "protobufjs": ["tools/generate/"],
  // The registry alone, and only where somebody asks for the text.
  "prom-client": ["src/telemetry/"],
  "assemblyscript": ["tools/generate/kernel.ts"],
  "@kubernetes/client-node": ["src/kube/"],
  "lru-cache": ["src/search/", "src/auth/"],
  "yaml": ["src/config/"],
  "smol-toml": ["src/config/"],
} as const;

/** Files with one user. The kernel's rows are any caller's records: only the row batch knows whose they are. */
const DOORS = {
  "src/kernel/kernel_rows.ts": ["src/records/scan/row_batch.ts", "src/kernel/", "tests/kernel/"],
} as const;

const ROOT = new URL("../", import.meta.url);

const RULES: ImportRules = {
  rooms: ROOMS,
  packages: PACKAGES,
  doors: DOORS,
  console: ["tools/"],
  names: JSON.parse(Deno.readTextFileSync(new URL("deno.json", ROOT))).imports,
};

/** Every TypeScript file of the project, by its path from the root. */
function projectFiles(): Map<string, string> {
  const files = new Map<string, string>();
  function walk(folder: string): void {
    for (const { name, isDirectory } of Deno.readDirSync(new URL(folder, ROOT))) {
      const path = folder + name;
      if (isDirectory && name !== "node_modules" && !name.startsWith(".")) walk(`${path}/`);
      else if (name.endsWith(".ts")) files.set(path, Deno.readTextFileSync(new URL(path, ROOT)));
    }
  }
  for (const folder of ["src/", "tests/", "tools/"]) walk(folder);
  for (const { name } of Deno.readDirSync(ROOT)) {
    if (name.endsWith(".ts")) files.set(name, Deno.readTextFileSync(new URL(name, ROOT)));
  }
  return files;
}

Deno.test("every import of the project goes down the table of rooms", () => {
  const files = projectFiles();
  assert(files.has("src/config/settings.ts"), "the files are found");
  assert.deepEqual(brokenRules(files, RULES), []);
});

Deno.test("no fake is exported from src", () => {
  const exported =
    /^export (?:async )?(?:class|function|const|interface|type) (\w*(?:[Ff]ake|[Mm]ock|[Ss]tub|Manual)\w*)/gm;
  const fakes = (path: string, text: string): string[] =>
    [...text.matchAll(exported)].map(([, name = ""]) => `${path}: ${name}`);
  assert.deepEqual(fakes("a.ts", "export class FakeRelay {}\nexport async function createManualClock() {}\n"), [
    "a.ts: FakeRelay",
    "a.ts: createManualClock",
  ]);
  const program = [...projectFiles()].filter(([path]) => path.startsWith("src/") && !path.endsWith("_test.ts"));
  assert.deepEqual(program.flatMap(([path, text]) => fakes(path, text)), []);
});

Deno.test("every allowance of the tables is used", () => {
  assert.deepEqual(unusedAllowances(projectFiles(), RULES), []);
});

Deno.test("the table of rooms has no cycle", () => {
  const order = Object.keys(ROOMS);
  for (const [room, allowed] of Object.entries(ROOMS)) {
    if (allowed === "all") continue;
    for (const other of allowed) {
      assert(order.indexOf(other) > order.indexOf(room), `${room} may import ${other}, which stands above it`);
    }
  }
});

/** What the rules say about made-up files. */
function check(files: Readonly<Record<string, string>>): string[] {
  return brokenRules(new Map(Object.entries(files)), RULES);
}

for (
  const [what, path, text, told] of [
    ["an import up", "src/logs/a.ts", 'import { b } from "../search/b.ts";', "logs may not import search"],
    ["an import sideways", "src/search/a.ts", 'import { b } from "../logs/b.ts";', "search may not import logs"],
    ["an import of a type", "src/kube/a.ts", 'import type { B } from "../auth/b.ts";', "kube may not import auth"],
    ["an import for its effect", "src/kube/a.ts", 'import "../auth/b.ts";', "kube may not import auth"],
    ["a re-export", "src/kube/a.ts", 'export * from "../auth/b.ts";', "kube may not import auth"],
    ["a re-export of a type", "src/kube/a.ts", "export type { B } from '../auth/b.ts';", "kube may not import auth"],
    [
      "an import over several lines",
      "src/kube/a.ts",
      'import {\n  b, // from "./x.ts"\n  c,\n} from\n  "../auth/b.ts";',
      "kube may not import auth",
    ],
    ["a dynamic import", "src/kube/a.ts", 'const b = await import(\n  "../auth/b.ts"\n);', "kube may not import auth"],
    ["the type of an import", "src/kube/a.ts", 'type B = typeof import("../auth/b.ts");', "kube may not import auth"],
    ["a computed import", "src/kube/a.ts", "await import(name);", "computes the name of a module"],
    ["a template as import", "src/kube/a.ts", "await import(`./x.ts`);", "computes the name of a module"],
    ["settings in rpc", "src/rpc/a.ts", 'import type { S } from "../config/settings.ts";', "rpc may not import config"],
    ["the edge in a middle room", "src/metadata/a.ts", 'import "../rpc/x.ts";', "metadata may not import rpc"],
    ["main.ts from a room", "src/cli/a.ts", 'import "../../main.ts";', "cli may not import main.ts"],
    ["tests from a room", "src/cli/a.ts", 'import "../../tests/x.ts";', "cli may not import tests"],
    ["the descriptor in records", "src/records/a.ts", 'import d from "#proto/d.json";', "records may not import proto"],
    ["a private file of another room", "src/rpc/a.ts", 'import "../logs/_b.ts";', "private to its folder"],
    ["a private file of a folder below", "src/cli/a.ts", 'import "./grep/_b.ts";', "private to its folder"],
    ["a private file of a folder above", "src/cli/grep/a.ts", 'import "../_b.ts";', "private to its folder"],
    ["a private file in a test", "tests/a_test.ts", 'import "../src/logs/_b.ts";', "private to its folder"],
    [
      "the kernel's rows in a room that may import the kernel",
      "src/search/engine/a.ts",
      'import { kernelRows } from "../../kernel/kernel_rows.ts";',
      "imports src/kernel/kernel_rows.ts, which only src/records/scan/row_batch.ts",
    ],
    [
      "the kernel's rows beside the row batch",
      "src/records/scan/select.ts",
      'import type { KernelRows } from "../../kernel/kernel_rows.ts";',
      "imports src/kernel/kernel_rows.ts, which only src/records/scan/row_batch.ts",
    ],
    [
      "the kernel's rows in a test",
      "tests/support/a.ts",
      'import { kernelRows } from "../../src/kernel/kernel_rows.ts";',
      "imports src/kernel/kernel_rows.ts, which only src/records/scan/row_batch.ts",
    ],
    ["the kernel in rpc", "src/rpc/a.ts", 'import { kernel } from "../kernel/kernel.ts";', "rpc may not import kernel"],
    ["the kernel in cli", "src/cli/a.ts", 'import { kernel } from "../kernel/kernel.ts";', "cli may not import kernel"],
    ["a room that is not in the table", "src/utils/a.ts", "", "belongs to no room"],
    ["a file beside the rooms", "src/a.ts", "", "belongs to no room"],
    ["an import of such a room", "src/cli/a.ts", 'import "../utils/a.ts";', "belongs to no room"],
    ["a test that reaches up", "src/logs/a_test.ts", 'import "../rpc/x.ts";', "logs may not import rpc"],
    [
      "a test that reaches into a command",
      "src/kube/a_test.ts",
      'import "../cli/flags.ts";',
      "kube may not import cli",
    ],
    ["gRPC outside of rpc", "src/auth/a.ts", 'import "@grpc/grpc-js";', "imports @grpc/grpc-js outside of src/rpc/"],
    ["gRPC elsewhere in cli", "src/cli/a.ts", 'import "@grpc/proto-loader";', "imports @grpc/proto-loader outside of"],
    [
      "the Kubernetes client outside of kube",
      "src/auth/a.ts",
      'import "@kubernetes/client-node";',
      "outside of src/kube/",
    ],
    ["a file of that package", "src/auth/a.ts", 'import "@kubernetes/client-node/dist/x.js";', "outside of src/kube/"],
    ["YAML outside of config", "src/cli/a.ts", 'import { parse } from "yaml";', "outside of src/config/"],
    ["TOML outside of config", "src/rpc/a.ts", 'import { parse } from "smol-toml";', "outside of src/config/"],
    ["a package that is not in the table", "src/config/a.ts", 'import "yaml-lint";', "yaml-lint, which no room may"],
    ["the console in a room", "src/rpc/a.ts", 'if (x) console.log("x");', "uses the console"],
    ["the console by another way", "src/rpc/a.ts", "const { log } = globalThis.console;", "uses the console"],
    [
      "the console after a pattern",
      "src/rpc/a.ts",
      'const p = /["`]/;\nconsole.log(p); // `',
      "src/rpc/a.ts:2: uses the console",
    ],
    ["an import of itself", "src/rpc/a.ts", 'import "./a.ts";', "imports itself: src/rpc/a.ts → src/rpc/a.ts"],
  ] as const
) {
  Deno.test(`brokenRules finds ${what}`, () => {
    const broken = check({ [path]: text });
    assert.equal(broken.length, 1, broken.join("\n"));
    assert(broken[0]?.startsWith(`${path}:`) && broken[0].includes(told), broken[0]);
  });
}

Deno.test("brokenRules finds a cycle of files, once", () => {
  assert.deepEqual(
    check({
      "src/rpc/a.ts": 'import "./b.ts";',
      "src/rpc/b.ts": 'import type { C } from "./c.ts";',
      "src/rpc/c.ts": 'import "./b.ts";',
      "src/rpc/d.ts": 'import "./a.ts"; import "./b.ts";',
    }),
    ["src/rpc/b.ts:1: imports itself: src/rpc/b.ts → src/rpc/c.ts → src/rpc/b.ts"],
  );
});

Deno.test("brokenRules tells the line", () => {
  assert.deepEqual(check({ "src/kube/a.ts": '// one\nimport "./b.ts";\n\nimport "../auth/c.ts";\n' }), [
    "src/kube/a.ts:4: imports src/auth/c.ts: kube may not import auth",
  ]);
});

Deno.test("brokenRules lets pass what is allowed", () => {
  const files = {
    "main.ts": 'import "./src/cli/a.ts"; import "./src/lifecycle/a.ts";',
    "src/cli/a.ts": 'import "./_own.ts"; import "../rpc/a.ts"; import "./grep/a.ts";',
    "tools/demo/a.ts":
      'import "@grpc/grpc-js"; import "../../src/cli/b.ts"; import "../../tests/fakes/x.ts"; import "node:fs";',
    "src/rpc/a.ts":
      'import d from "#proto/descriptor.json" with { type: "json" }; import "../auth/a.ts"; import "@grpc/grpc-js";',
    "src/rpc/a_test.ts":
      'import assert from "#assert"; import "../../tests/support/x.ts"; import "../../tools/demo/x.ts"; import "yaml"; await import(x);',
    "src/kube/a.ts": 'import "@kubernetes/client-node/dist/config.js";',
    "src/records/scan/row_batch.ts": 'import "../../kernel/kernel_rows.ts";',
    "src/kernel/a.ts": 'import * as scan from "./_wasm/scan.wasm";'.replace("_wasm", "wasm"),
    "tools/lint/a.ts": "console.info(1);",
    "src/logs/a.ts": [
      '// import "../rpc/a.ts" and console.log',
      '/* import "../rpc/a.ts";\n console.log */',
      "const text = \"import '../rpc/a.ts'; console.log\";",
      'const template = `import "../rpc/a.ts"; console.log`;',
      'const pattern = /import "..\\/rpc/;',
      'const bytes = Array.from("abc"), here = import.meta.url;',
    ].join("\n"),
    "tests/a_test.ts":
      'import "../src/rpc/a.ts"; import "../main.ts"; import "rregex"; import "./_x.ts"; console.log(1);',
    "tools/generate/descriptor.ts": 'import "protobufjs";',
  };
  assert.deepEqual(check(files), []);
});

Deno.test("unusedAllowances finds rooms, packages, users of files, the console and import names that no file uses", () => {
  const rules: ImportRules = {
    rooms: { top: ["low", "other"], low: [], other: ["low"], tests: "all" },
    packages: { "yaml": ["src/low/", "src/top/a.ts"], "@grpc/": ["src/other/"] },
    doors: { "src/low/a.ts": ["src/top/a.ts", "src/top/b.ts"] },
    console: ["src/top/", "src/low/"],
    names: { "yaml": "npm:yaml@1", "@grpc/grpc-js": "npm:@grpc/grpc-js@1", "@grpc/": "npm:@grpc/", "#x/": "./x/" },
  };
  const files = new Map([
    ["src/top/a.ts", 'import "../low/a.ts"; import "yaml";'],
    ["src/top/b.ts", "console.log(1); // import '../other/a.ts'"],
    ["src/other/a_test.ts", 'import "../low/a.ts"; import "@grpc/grpc-js"; console.log(1);'],
    ["tests/a.ts", 'import "../src/other/a.ts"; import "yaml";'],
  ]);
  assert.deepEqual(unusedAllowances(files, rules), [
    "top: the room other",
    "src/low/: the package yaml",
    "src/other/: the package @grpc/",
    "src/top/b.ts: the file src/low/a.ts",
    "src/low/: the console",
    "deno.json: the import name @grpc/",
    "deno.json: the import name #x/",
  ]);
});

Deno.test("importsOf finds what the runtime finds in every file of the project", async () => {
  const files = projectFiles();
  await using temporary = await temporaryFile(
    [...files.keys()].map((path) => `import ${JSON.stringify(new URL(path, ROOT).href)};\n`).join(""),
  );
  const { stdout, stderr, success } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", "--config", new URL("deno.json", ROOT).pathname, temporary.path],
  }).output();
  assert(success, new TextDecoder().decode(stderr));
  const { modules } = JSON.parse(new TextDecoder().decode(stdout)) as {
    modules: { specifier: string; dependencies?: { specifier: string }[] }[];
  };
  const known = new Map(modules.map(({ specifier, dependencies = [] }) => [specifier, dependencies]));
  for (const [path, text] of files) {
    const own = new Set(importsOf(text).map(({ specifier }) => specifier).filter((name) => name !== undefined));
    const theirs = known.get(new URL(path, ROOT).href)?.map(({ specifier }) => specifier) ?? [];
    assert.deepEqual([...own].sort(), [...new Set(theirs)].sort(), path);
  }
});

async function temporaryFile(text: string): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await Deno.makeTempFile({ suffix: ".ts" });
  await Deno.writeTextFile(path, text);
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path) };
}
