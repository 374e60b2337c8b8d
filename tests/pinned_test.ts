/**
 * Versions are written down once, or agree: Deno's in `.dvmrc`, packages' in deno.json.
 *
 * @module
 */

import assert from "#assert";
import { project, projectFolder, projectText } from "./support/project.ts";

/** Every version of Deno that a text names: `deno@1.2.3`, `deno:1.2.3`, `DENO_VERSION=1.2.3`, `Deno 1.2.3`. */
function denoVersionsIn(text: string): readonly string[] {
  return [...text.matchAll(/\bdeno(?:@|:(?:\w+-)?|_version=| v?)(\d+\.\d+\.\d+)/gi)].map(([, version = ""]) => version);
}

const pinned = (await projectText(".dvmrc")).trim();

Deno.test("the tests run on the version of Deno in .dvmrc", () => {
  assert.match(pinned, /^\d+\.\d+\.\d+$/);
  assert.equal(Deno.version.deno, pinned);
});

for (const file of ["Dockerfile", "README.md", "CONTRIBUTING.md", "docs/by_hand.md", "docs/performance.md"]) {
  Deno.test(`${file} names the version of Deno in .dvmrc, and no other`, async () => {
    const versions = denoVersionsIn(await projectText(file));
    assert(versions.length > 0, "none is named");
    assert.deepEqual([...new Set(versions)], [pinned]);
  });
}

const workflows = (await Array.fromAsync(Deno.readDir(new URL(".github/workflows/", projectFolder))))
  .map(({ name }) => `.github/workflows/${name}`).sort();

for (const file of [".ci/run", ".ci/image", ...workflows, "deno.json"]) {
  Deno.test(`${file} names no version of Deno`, async () => {
    assert.deepEqual(denoVersionsIn(await projectText(file)), []);
  });
}

for (
  const [text, versions] of [
    ["npx -y deno@2.9.6 task ok", ["2.9.6"]],
    ["FROM denoland/deno:2.9.6 AS x", ["2.9.6"]],
    ["FROM denoland/deno:alpine-2.9.6", ["2.9.6"]],
    ["ARG DENO_VERSION=2.9.6", ["2.9.6"]],
    ["Deno 2.9.6, not Deno v2.9.5", ["2.9.6", "2.9.5"]],
    ['"deno@$(cat .dvmrc)" FROM denoland/deno:${DENO_VERSION} npm:yaml@2.9.1', []],
  ] satisfies [string, string[]][]
) {
  Deno.test(`a look for versions of Deno finds ${versions.join(", ") || "none"} in ${text}`, () => {
    assert.deepEqual(denoVersionsIn(text), versions);
  });
}

Deno.test("what README tells to run as the gate is what .ci/run runs", async () => {
  assert.match(await projectText("README.md"), /^npx -y deno@\S+ task ok\b/m);
  const run = await projectText(".ci/run");
  assert(run.includes('deno="deno@$(cat .dvmrc)"\n'));
  assert(run.includes('npx -y "$deno" task ok '));
});

Deno.test("the image takes the version that it is given", async () => {
  const dockerfile = await projectText("Dockerfile");
  assert(dockerfile.includes("ARG DENO_IMAGE=denoland/deno:${DENO_VERSION}\n"));
  assert(dockerfile.includes("FROM --platform=$BUILDPLATFORM ${DENO_IMAGE} AS sources\n"));
});

Deno.test("packages are imported in exact versions, and deno.lock has them", async () => {
  const packages = Object.entries(project.imports).filter(([, target]) => target.startsWith("npm:"));
  assert(packages.length > 0);
  const lock: { readonly specifiers: Readonly<Record<string, string>> } = JSON.parse(await projectText("deno.lock"));
  const locked = new Set(Object.keys(lock.specifiers));
  for (const [name, target] of packages) {
    const [specifier = ""] = /^npm:.+@\d+\.\d+\.\d+(?=\/|$)/.exec(target) ?? [];
    assert(specifier !== "", `${name} is not exact: ${target}`);
    assert(locked.has(specifier), `${specifier} is not in deno.lock`);
  }
});
