/**
 * The bundle: one file that is the whole agent, starts as `main.ts` does, and does what the sources say.
 *
 * @module
 */

import assert from "#assert";
import { startAccessReviews } from "../src/cli/demo/access_reviews.ts";
import { startAgent } from "../src/cli/demo/agent_process.ts";
import { VERSION } from "../src/cli/version.ts";
import { HELP } from "../src/cli/flags.ts";
import { bundleAgent } from "./support/agent_bundle.ts";
import { makeCertificateFiles } from "./support/certificate_files.ts";
import { askForHealth } from "./support/every_call.ts";
import { connect } from "./support/grpc_client.ts";
import { projectFolder } from "./support/project.ts";

/** What counts is memory, but a jump of the size is its first sign: it was 1.2 MB, a third of it for kubeconfigs alone. */
const MOST_BYTES = 1_500_000;

/** The command of a user, with the bundle in place of `main.ts`. */
function commandOf(file: string): readonly string[] {
  return [Deno.execPath(), "run", "--no-prompt", "--allow-read", "--allow-net", "--allow-env", file];
}

async function printed(file: string, word: string): Promise<{ readonly code: number; readonly stdout: string }> {
  const [program = "", ...args] = commandOf(file);
  const { code, stdout } = await new Deno.Command(program, { args: [...args, word] }).output();
  return { code, stdout: new TextDecoder().decode(stdout) };
}

Deno.test("the bundle is one file, prints its version and its help, and answers over mutual TLS", async () => {
  await using bundle = await bundleAgent();
  assert.deepEqual((await Array.fromAsync(Deno.readDir(bundle.folder))).map(({ name }) => name), ["agent.js"]);
  const { size } = await Deno.stat(bundle.file);
  assert(size < MOST_BYTES, `${size} bytes`);

  assert.deepEqual(await printed(bundle.file, "--version"), { code: 0, stdout: `cluster-agent ${VERSION}\n` });
  assert.deepEqual(await printed(bundle.file, "--help"), { code: 0, stdout: HELP });
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

/**
 * The bundler's minifier puts the value of a variable in place of its one use in the next statement, and before its
 * version 0.28.1 it did so for `using` as well: nothing was disposed of any more. To mend it, use the variable twice.
 */
Deno.test("the bundle disposes of all that the sources dispose of: no using declaration is lost", async () => {
  await using minified = await bundleAgent();
  await using plain = await bundleAgent({ minify: false });
  const expected = usingIn(await Deno.readTextFile(plain.file));
  assert(expected.length > 0);
  assert.equal(usingIn(await Deno.readTextFile(minified.file)).length, expected.length, `of ${expected.join("\n")}`);
});

Deno.test("what only a kubeconfig needs is not loaded without one", async () => {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", "src/cli/serve.ts"],
    cwd: projectFolder,
    stderr: "null",
  }).output();
  const { roots, modules }: ModuleGraph = JSON.parse(new TextDecoder().decode(stdout));
  const dependencies = new Map(modules.map((it) => [it.specifier, it.dependencies ?? []]));
  const library = "npm:/@kubernetes/client-node@";
  assert(modules.some(({ specifier }) => specifier.startsWith(library)), "it is not there at all");
  const loaded = new Set(roots);
  for (const specifier of loaded) {
    for (const { code, isDynamic = false } of dependencies.get(specifier) ?? []) {
      if (code?.specifier !== undefined && !isDynamic) loaded.add(code.specifier);
    }
  }
  assert([...loaded].some((specifier) => specifier.endsWith("/src/kube/config.ts")));
  assert.deepEqual([...loaded].filter((specifier) => specifier.startsWith(library)), []);
});

/** What `deno info --json` tells. */
interface ModuleGraph {
  readonly roots: readonly string[];
  readonly modules: readonly {
    readonly specifier: string;
    readonly dependencies?: readonly {
      readonly code?: { readonly specifier?: string };
      readonly isDynamic?: boolean;
    }[];
  }[];
}

Deno.test("a look for using declarations finds them in any dress", () => {
  const text = "{using a=b();}\nawait using c = await d();\nfor(using e of f)g;using$ = 1; 'using h'; let using=2";
  assert.deepEqual(usingIn(text), ["using a=", "using c =", "using e of"]);
});

function usingIn(text: string): readonly string[] {
  return text.match(/\busing\s+[\w$]+\s*(?:=(?!=)|of\b)/g) ?? [];
}
