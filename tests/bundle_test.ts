/**
 * The bundle: files that are the whole agent, of which each command loads its own; it starts as `main.ts` does, and
 * does what the sources say.
 *
 * @module
 */

import assert from "#assert";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { startAccessReviews } from "./fakes/fake_access_reviews.ts";
import { startAgent } from "./support/agent_process.ts";
import { VERSION } from "../src/telemetry/version.ts";
import { helpText } from "../src/cli/options/help_text.ts";
import { bundleAgent } from "./support/agent_bundle.ts";
import { makeCertificateFiles } from "./support/certificate_files.ts";
import { askForHealth } from "./support/every_call.ts";
import { connect } from "./support/grpc_client.ts";
import { projectFolder } from "./support/project.ts";

/**
 * What counts is memory, but a jump of the size is its first sign: of 1.5 MB a quarter was the models of all kinds of
 * object that Kubernetes has, which the client library's reader of YAML brought with it.
 */
const MOST_BYTES = 1_175_000;
/**
 * A search is over in the time that the whole takes to load: of 230 KB two thirds are Unicode's tables and the kernel.
 * The table of options, with the texts of the help, is a twentieth; logs by name and their times in zones are 3 %.
 */
const MOST_BYTES_OF_SEARCH = 355_000;

/** The command of a user, with the bundle in place of `main.ts`. */
function commandOf(file: string): readonly string[] {
  return [Deno.execPath(), "run", "--no-prompt", "--allow-read", "--allow-net", "--allow-env", file];
}

async function printed(
  file: string,
  ...words: readonly string[]
): Promise<{ readonly code: number; readonly stdout: string }> {
  const [program = "", ...args] = commandOf(file);
  const { code, stdout } = await new Deno.Command(program, { args: [...args, ...words] }).output();
  return { code, stdout: new TextDecoder().decode(stdout) };
}

Deno.test("the bundle prints its version and its help, and answers over mutual TLS", async () => {
  await using bundle = await bundleAgent();
  assert.deepEqual(await printed(bundle.file, "--version"), { code: 0, stdout: `cluster-agent ${VERSION}\n` });
  assert.deepEqual(await printed(bundle.file, "--help"), { code: 0, stdout: helpText("serve") });
  const version = { code: 0, stdout: `cluster-collector ${VERSION}\n` };
  for (const words of [["--version"], ["collect", "--version"]]) {
    assert.deepEqual(await printed(bundle.collector, ...words), version);
  }
  assert.deepEqual(await printed(bundle.main, "collect", "--version"), version);
  assert.equal((await printed(bundle.file, "collect")).code, 2);
  assert.equal((await printed(bundle.file, "--no-such-flag")).code, 2);

  await using certificates = await makeCertificateFiles();
  await using reviews = await startAccessReviews({ decide: () => false });
  const { certFile, keyFile, caFile } = certificates;
  await using agent = await startAgent({
    dir: certificates.folder,
    settings: {
      tls: { "cert-file": certFile, "key-file": keyFile, "ca-file": caFile, "allowed-names": ["test-client"] },
    },
    kubeconfig: reviews.kubeconfig,
    command: commandOf(bundle.file),
  });
  using client = connect({ port: agent.port, ca: certificates.authority.certPem, leaf: certificates.client });
  await askForHealth(client);
  assert.equal(await agent.terminate(), 0);
});

Deno.test("the bundle is small and needs nothing else, and a search loads little of it", async () => {
  await using bundle = await bundleAgent();
  const whole = await loadedBy(bundle.file, { dynamic: true });
  const foreign = [...whole.keys()].filter((it) =>
    !it.startsWith(`file://${bundle.folder}/`) && !it.startsWith("node:")
  );
  assert.deepEqual(foreign, []);
  const all = sumOf(whole.values());
  assert(all > MOST_BYTES_OF_SEARCH && all < MOST_BYTES, `${all} bytes`);

  const always = await loadedBy(bundle.file);
  for (const command of ["grep", "stream"]) {
    const parts = [...whole.keys()].filter((it) => it.startsWith(`file://${bundle.folder}/${command}-`));
    assert.equal(parts.length, 1);
    const loaded = new Map([...always, ...await loadedBy(parts.join())]);
    const bytes = sumOf(loaded.values());
    assert(bytes < MOST_BYTES_OF_SEARCH, `${command} loads ${bytes} bytes`);
  }
});

/**
 * The bundler's minifier puts the value of a variable in place of its one use in the next statement, and before its
 * version 0.28.1 it did so for `using` as well: nothing was disposed of any more. To mend it, use the variable twice.
 */
Deno.test("the bundle disposes of all that the sources dispose of: no using declaration is lost", async () => {
  await using minified = await bundleAgent();
  await using plain = await bundleAgent({ minify: false });
  const expected = usingIn(await textOf(plain.folder));
  assert(expected.length > 0);
  assert.equal(usingIn(await textOf(minified.folder)).length, expected.length, `of ${expected.join("\n")}`);
});

/** Files of `src/` whose name sounds like a fake, and why they belong to the program. */
const NO_FAKES = [
  // The original's `--local-test` is a mode of the collector: events without a cluster.
  "src/collector/synthetic_source.ts",
];

/** Returns which of the bundle's sources do not belong to the program: fakes, tests, tools, generators, the demo. */
function foreignSources(paths: readonly string[]): readonly string[] {
  return paths.filter((path) =>
    !/^((main|agent|collector)\.ts|src\/.*\.(ts|wasm)|proto\/\w+\.json|deno\.json)$/.test(path) ||
    /_(test|bench)\.ts$|(^|[/_])(fakes?|mock|stub|manual|demo|sample|synthetic|generate)[/_.]/.test(path) &&
      !NO_FAKES.includes(path)
  );
}

Deno.test("the bundle holds no fake, no test, no tool and no demo, and neither program holds the other", async () => {
  await using bundle = await bundleAgent({ sourceMaps: true });
  const names = (await Array.fromAsync(Deno.readDir(bundle.folder))).map(({ name }) => name);
  const all = await ownSources(names.filter((name) => name.endsWith(".js")).map((name) => `${bundle.folder}/${name}`));
  for (const expected of ["main.ts", "agent.ts", "collector.ts", "src/cli/grep/grep.ts", ...NO_FAKES]) {
    assert(all.includes(expected), expected);
  }
  assert.deepEqual(foreignSources(all), []);

  const of = async (entry: string): Promise<readonly string[]> =>
    await ownSources(
      [...(await loadedBy(entry, { dynamic: true })).keys()].filter((it) => it.startsWith("file:")).map((it) =>
        fileURLToPath(it)
      ),
    );
  const [agent, collector] = [await of(bundle.file), await of(bundle.collector)];
  assert(agent.includes("src/cli/serve/serve.ts") && collector.includes("src/cli/collect/collect.ts"));
  assert.deepEqual(agent.filter((it) => /^(src\/collector|src\/cli\/collect|collector\.ts|main\.ts)/.test(it)), []);
  const ofAgent =
    /^(src\/(metadata|records|search|logs|kernel|auth)|src\/cli\/(serve|grep|stream|files)|agent\.ts|main\.ts)/;
  assert.deepEqual(collector.filter((it) => ofAgent.test(it)), []);
});

/** The project's own sources of files of a bundle, by the maps beside them. */
async function ownSources(files: readonly string[]): Promise<readonly string[]> {
  const root = fileURLToPath(projectFolder);
  const sources = new Set<string>();
  for (const file of files) {
    const map: { readonly sources: readonly string[] } = JSON.parse(await Deno.readTextFile(`${file}.map`));
    for (const source of map.sources) sources.add(relative(root, join(dirname(file), source)));
  }
  return [...sources].filter((path) => !path.startsWith(".."));
}

Deno.test("foreignSources() finds fakes, tests, tools and the demo", () => {
  const foreign = [
    "tests/fakes/log_tree.ts",
    "tests/support/random.ts",
    "tools/demo/main.ts",
    "tools/generate/kernel.ts",
    "src/auth/fake_reviewer.ts",
    "src/kube/fakes/server.ts",
    "src/logs/manual_changes.ts",
    "src/logs/log_file_test.ts",
    "src/kernel/scan_bench.ts",
  ];
  const own = ["main.ts", "src/cli/grep/grep.ts", "src/logs/manually.ts", "proto/descriptor.json", ...NO_FAKES];
  assert.deepEqual(foreignSources([...foreign, ...own]), foreign);
});

/** All that is in a folder's files. */
async function textOf(folder: string): Promise<string> {
  const files = await Array.fromAsync(Deno.readDir(folder));
  return (await Promise.all(files.map(({ name }) => Deno.readTextFile(`${folder}/${name}`)))).join("\n");
}

Deno.test("a search on the command line loads nothing of the server, of follows, or of packages", async () => {
  const loaded = [...(await loadedBy("src/cli/grep/grep.ts")).keys(), ...(await loadedBy("agent.ts")).keys()];
  assert(loaded.some((it) => it.endsWith("/src/records/scan/forward.ts")));
  const foreign = loaded.filter((it) =>
    /\/src\/(rpc|kube|auth|collector|metadata|cli\/serve|records\/(follow|history))\/|^npm:|^node:(zlib|module|http)/
      .test(it)
  );
  assert.deepEqual(foreign, []);
});

Deno.test("what only a kubeconfig needs is not loaded without one", async () => {
  const ofLibrary = (loaded: ReadonlyMap<string, number>): readonly string[] =>
    [...loaded.keys()].filter((it) => it.startsWith("npm:/@kubernetes/client-node@"));
  assert(ofLibrary(await loadedBy("src/cli/serve/serve.ts", { dynamic: true })).length > 0, "it is not there at all");
  const loaded = await loadedBy("src/cli/serve/serve.ts");
  assert([...loaded.keys()].some((it) => it.endsWith("/src/kube/config.ts")));
  assert.deepEqual(ofLibrary(loaded), []);
});

/** The modules that a file loads, with their bytes: at once, or with those that it loads later, in `dynamic`. */
async function loadedBy(file: string, { dynamic = false } = {}): Promise<ReadonlyMap<string, number>> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", file],
    cwd: projectFolder,
  }).output();
  if (!success) throw new Error(`Cannot tell what ${file} loads: ${new TextDecoder().decode(stderr)}`);
  const { roots, modules }: ModuleGraph = JSON.parse(new TextDecoder().decode(stdout));
  const known = new Map(modules.map((it) => [it.specifier, it]));
  const loaded = new Set(roots);
  for (const specifier of loaded) {
    for (const { code, isDynamic = false } of known.get(specifier)?.dependencies ?? []) {
      if (code?.specifier !== undefined && (dynamic || !isDynamic)) loaded.add(code.specifier);
    }
  }
  return new Map([...loaded].map((specifier) => [specifier, known.get(specifier)?.size ?? 0]));
}

function sumOf(numbers: Iterable<number>): number {
  let sum = 0;
  for (const number of numbers) sum += number;
  return sum;
}

/** What `deno info --json` tells. */
interface ModuleGraph {
  readonly roots: readonly string[];
  readonly modules: readonly {
    readonly specifier: string;
    readonly size?: number;
    readonly dependencies?: readonly {
      readonly code?: { readonly specifier?: string };
      readonly isDynamic?: boolean;
    }[];
  }[];
}

Deno.test("a look for using declarations finds them in any dress", () => {
  const text = "{using a=b();}\nawait using c = await d();\nfor(using e of f)g;using$ = 1; 'using h'; let using=2";
  assert.deepEqual(usingIn(text), ["using a=", "using c =", "using e of"]);
  // The minifier joins neighbours.
  const joined = "using a=b(c,{d:`,x=${1}`}),e=await f(',y=[',g=>h,i[0]),$j=k;let l=m,n=o;{using p=q}";
  assert.deepEqual(usingIn(joined), ["using a=", ",e=", ",$j=", "using p="]);
});

/** The declarations, each variable by itself. */
function usingIn(text: string): readonly string[] {
  return [...text.matchAll(/\busing\s+[\w$]+\s*(?:=(?!=)|of\b)/g)].flatMap(({ 0: first, index }) => [
    first,
    ...joinedTo(text.slice(index + first.length)),
  ]);
}

/**
 * The further variables of a declaration, from behind the first one's sign of equality on: what is in brackets and
 * quotes belongs to a value.
 */
function joinedTo(rest: string): readonly string[] {
  const found: string[] = [];
  let depth = 0;
  for (
    const [token] of rest.matchAll(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`(?:[^`\\]|\\.)*`|,[\w$]+=(?![=>])|[()[\]{};]/g)
  ) {
    if ("([{".includes(token)) depth++;
    else if (")]}".includes(token)) depth--;
    else if (token.startsWith(",") && depth === 0) found.push(token);
    if (depth < 0 || (token === ";" && depth === 0)) break;
  }
  return found;
}
