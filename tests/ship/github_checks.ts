/**
 * The workflows as GitHub takes them, and every linter of what no compiler reads: workflows, Dockerfiles, shell.
 *
 * Each linter also gets its files with a fault among them, and has to find that: one that reads nothing finds nothing.
 *
 * @module
 */
import assert from "#assert";
import { fileURLToPath } from "node:url";
import { dirname } from "node:path";
import { projectFolder } from "../support/project.ts";
import { check, runProgram, type Said } from "./check.ts";

/** A file that is wrong, and what a linter says of it. */
interface Fault {
  readonly path: string;
  readonly text: string;
  readonly told: RegExp;
}

/** A linter on some files of the project. */
interface Lint {
  /** The files, from the project's folder. */
  readonly files: readonly string[];
  readonly faults: readonly Fault[];
  /** Runs it on files of a folder. */
  readonly run: (files: readonly string[], folder: string) => Promise<Said>;
}

/** Files that are not the project's own. */
const NOT_OURS = new Set([".git", "node_modules", "dist", "coverage"]);

const projectFiles = await filesBelow("");
const workflows = projectFiles.filter((path) => /^\.github\/workflows\/[^/]+\.ya?ml$/.test(path));
const dockerfiles = projectFiles.filter((path) => /(^|\/)Dockerfile(\.\w+)?$/.test(path));
const shellScripts = await shellFiles(projectFiles);

await check(
  "actionlint finds nothing in the workflows",
  ["actionlint", "shellcheck"],
  (actionlint, shellcheck) =>
    findsNothing({
      files: workflows,
      faults: [
        faultyWorkflow({ run: "echo $HOME", told: /faulty\.yml:\d+:\d+: shellcheck reported issue .*SC2086/ }),
        faultyWorkflow({ run: '"${{ github.event.issue.title }}"', told: /faulty\.yml:.*potentially untrusted/ }),
        faultyWorkflow({ run: '"${{ steps.none.outputs.x }}"', told: /faulty\.yml:.*property "none" is not defined/ }),
      ],
      run: (files, cwd) => runProgram(actionlint, ["-no-color", "-shellcheck", shellcheck.path, ...files], { cwd }),
    }),
);

await check(
  "zizmor finds nothing in the workflows that its configuration does not name",
  ["zizmor"],
  (zizmor) =>
    findsNothing({
      files: [...workflows, ".github/dependabot.yml", ".github/zizmor.yml"],
      faults: [
        {
          ...faultyWorkflow({ run: "true", told: /unpinned-uses[^]*faulty\.yml/ }),
          text: "on: push\njobs: { a: { runs-on: ubuntu-24.04, steps: [{ uses: actions/checkout@v6 }] } }\n",
        },
        faultyWorkflow({ run: '"${{ github.event.issue.title }}"', told: /template-injection[^]*faulty\.yml/ }),
      ],
      // Strict: a file that cannot be read is a fault, not a warning.
      run: (_, cwd) =>
        runProgram(zizmor, [
          "--offline",
          "--strict-collection",
          "--collect=all",
          "--persona=pedantic",
          "--no-progress",
          "--color=never",
          ".github",
        ], { cwd }),
    }),
);

await check("the workflows have the form that GitHub defines", ["check-jsonschema"], (checker) =>
  findsNothing({
    files: workflows,
    faults: [{
      path: ".github/workflows/faulty.yml",
      text: "on: push\njobs: { a: { runs-on: ubuntu-24.04, step: [] } }\n",
      told: /faulty\.yml/,
    }],
    run: (files, cwd) => runProgram(checker, ["--builtin-schema", "vendor.github-workflows", ...files], { cwd }),
  }));

await check(
  "dependabot's configuration has the form that GitHub defines",
  ["check-jsonschema"],
  (checker) =>
    findsNothing({
      files: [".github/dependabot.yml"],
      faults: [{
        path: ".github/faulty.yml",
        text: "version: 2\nupdates: [{ package-ecosystem: none, directory: /, schedule: { interval: weekly } }]\n",
        told: /faulty\.yml/,
      }],
      run: (files, cwd) => runProgram(checker, ["--builtin-schema", "vendor.dependabot", ...files], { cwd }),
    }),
);

await check("hadolint finds nothing in the Dockerfile", ["hadolint"], (hadolint) =>
  findsNothing({
    files: dockerfiles,
    faults: [
      { path: "faulty/Dockerfile", text: "FROM debian\nRUN cd /tmp && ls\n", told: /faulty\/Dockerfile:1 DL3006/ },
      {
        path: "faulty/Dockerfile",
        text: 'FROM debian:trixie-slim\nRUN echo $HOME\nENTRYPOINT ["a"]\n',
        told: /faulty\/Dockerfile:2 SC2086/,
      },
    ],
    // Without a configuration of the user's: what is not to be reported stands beside its line.
    run: (files, cwd) =>
      runProgram(hadolint, ["--no-color", ...files], { cwd, env: { HOME: cwd, XDG_CONFIG_HOME: cwd } }),
  }));

await check("shellcheck finds nothing in the shell scripts", ["shellcheck"], (shellcheck) =>
  findsNothing({
    files: shellScripts,
    faults: [{ path: "faulty", text: "#!/bin/bash\nrm $1\n", told: /In faulty line 2:[^]*SC2086/ }],
    run: (files, cwd) => runProgram(shellcheck, ["--color=never", "--norc", ...files], { cwd }),
  }));

Deno.test("the looks for files find those that are known", () => {
  assert(workflows.includes(".github/workflows/ci.yml"));
  assert(dockerfiles.includes("Dockerfile"));
  for (const path of [".ci/run", ".ci/image"]) assert(shellScripts.includes(path), path);
});

/** Runs a linter on its files, which are well, and on them with each fault, which it has to find. */
async function findsNothing({ files, faults, run }: Lint): Promise<void> {
  assert(files.length > 0, "there are no files");
  const well = await run(files, fileURLToPath(projectFolder));
  assert.equal(well.code, 0, well.text);
  assert(faults.length > 0, "there are no faults");
  for (const { path, text, told } of faults) {
    const folder = await Deno.makeTempDir({ prefix: "lint-" });
    try {
      for (const file of files) await write(`${folder}/${file}`, await Deno.readFile(new URL(file, projectFolder)));
      await write(`${folder}/${path}`, new TextEncoder().encode(text));
      const said = await run([...files, path], folder);
      assert.notEqual(said.code, 0, `a fault is not found: ${text}`);
      assert.match(said.text, told);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  }
}

async function write(path: string, bytes: Uint8Array): Promise<void> {
  await Deno.mkdir(dirname(path), { recursive: true });
  await Deno.writeFile(path, bytes);
}

/** A workflow that is well but for one step. */
function faultyWorkflow({ run, told }: { readonly run: string; readonly told: RegExp }): Fault {
  const text = `name: faulty
on: issues
permissions: {}
jobs:
  a:
    name: a
    runs-on: ubuntu-24.04
    steps:
      - name: a
        run: ${run.startsWith('"') ? `echo ${run}` : run}
`;
  return { path: ".github/workflows/faulty.yml", text, told };
}

/** All files of the project, by their paths from its folder. */
async function filesBelow(folder: string): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory, isFile } of Deno.readDir(new URL(folder, projectFolder))) {
    if (NOT_OURS.has(name)) continue;
    if (isDirectory) found.push(...await filesBelow(`${folder}${name}/`));
    else if (isFile) found.push(folder + name);
  }
  return found.toSorted();
}

/** Those that a shell runs: by their names, or by their first lines. */
async function shellFiles(paths: readonly string[]): Promise<readonly string[]> {
  const found: string[] = [];
  for (const path of paths) {
    if (path.endsWith(".sh")) found.push(path);
    else if (!/\.\w+$/.test(path) || path.startsWith(".")) {
      const [first = ""] = (await Deno.readTextFile(new URL(path, projectFolder))).split("\n", 1);
      if (/^#!.*\b(?:ba|da)?sh\b/.test(first)) found.push(path);
    }
  }
  return found;
}
