/**
 * The workflows: what they run is fixed, what they may do is little, and what they call is there.
 *
 * Whether they are well formed is for the linters of `tests/ship/github_checks.ts`.
 *
 * @module
 */
import assert from "#assert";
import { parse } from "yaml";
import { projectFolder, projectText } from "./support/project.ts";

/** The parts of a workflow that are looked at. */
interface Workflow {
  readonly name: string;
  readonly on: unknown;
  readonly permissions: Readonly<Record<string, string>>;
  readonly concurrency?: unknown;
  readonly defaults?: unknown;
  readonly jobs: Readonly<Record<string, Job>>;
}

interface Job {
  readonly permissions?: Readonly<Record<string, string>>;
  readonly "runs-on"?: string;
  readonly "timeout-minutes"?: number;
  readonly uses?: string;
  readonly strategy?: { readonly matrix: Readonly<Record<string, unknown>> };
  readonly steps?: readonly Step[];
}

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}

const FOLDER = ".github/workflows/";

/** Where a job may do more than read the repository, and what for is beside it in the workflow. */
const MAY_WRITE: Readonly<Record<string, readonly string[]>> = {
  "packages.yml report": ["issues"],
  "scorecard.yml analysis": ["security-events", "id-token"],
  "release.yml images": ["packages"],
  "release.yml publish": ["contents", "packages", "id-token", "attestations"],
};

const texts = new Map<string, string>();
for await (const { name } of Deno.readDir(new URL(FOLDER, projectFolder))) {
  texts.set(name, await projectText(FOLDER + name));
}
const workflows = new Map<string, Workflow>([...texts].map(([name, text]) => [name, parse(text)]));
const jobs = [...workflows].flatMap(([file, { jobs }]) =>
  Object.entries(jobs).map(([name, job]) => ({ name: `${file} ${name}`, job }))
);

/** Each `uses:`, as it is written, without actions of this repository. */
function usesIn(text: string): readonly string[] {
  return [...text.matchAll(/^\s*(?:- )?uses: (.*)$/gm)].map(([, action = ""]) => action)
    .filter((action) => !action.startsWith("./"));
}

const PINNED = /^([\w-]+\/[\w-]+)(?:\/[\w/-]+)?@([0-9a-f]{40}) # (v\d+\.\d+\.\d+)$/;

Deno.test("each action is named by its commit, with the version beside it, and is the same everywhere", () => {
  const commits = new Map<string, string>();
  const uses = [...texts.values()].flatMap(usesIn);
  assert(uses.length > 0);
  for (const action of uses) {
    const [, name = "", commit = "", version = ""] = PINNED.exec(action) ?? [];
    assert(name !== "", action);
    const pin = `${commit} ${version}`;
    assert.equal(commits.get(name) ?? pin, pin, name);
    commits.set(name, pin);
  }
});

for (
  const action of [
    "actions/checkout@v6",
    "actions/checkout@main # v6.0.2",
    "actions/checkout@de0fac2e4500dabe0009e67214ff5f5447ce83dd",
    "actions/checkout@de0fac2e4500dabe0009e67214ff5f5447ce83dd # v6",
    "actions/checkout@de0fac2 # v6.0.2",
    "docker://alpine:3",
  ]
) {
  Deno.test(`${action} is no action that is pinned`, () => assert.doesNotMatch(action, PINNED));
}

Deno.test("a workflow may do nothing by itself, and a job only read but for what is listed", () => {
  assert(workflows.size > 0);
  for (const [file, { permissions }] of workflows) assert.deepEqual(permissions, {}, file);
  const written = jobs.flatMap(({ name, job }) => {
    const { permissions = {} } = job;
    assert(Object.hasOwn(permissions, "contents"), `${name} does not say what it may do`);
    const entries = Object.entries(permissions).filter(([, access]) => access !== "read");
    for (const [, access] of entries) assert.equal(access, "write", name);
    return entries.length === 0 ? [] : [[name, entries.map(([scope]) => scope)]];
  });
  assert.deepEqual(Object.fromEntries(written), MAY_WRITE);
});

Deno.test("each job ends by itself, on a machine of a fixed release, and no two of a kind run at once", () => {
  for (const [file, { concurrency }] of workflows) assert(concurrency !== undefined, file);
  for (const { name, job } of jobs) {
    // A job of another workflow has them there.
    if (job.uses !== undefined) continue;
    assert(Number.isInteger(job["timeout-minutes"]), name);
    const runner = job["runs-on"] ?? "";
    const matrix = JSON.stringify(job.strategy?.matrix ?? {});
    const runners = runner === "${{ matrix.runner }}"
      ? [...matrix.matchAll(/"(ubuntu[^"]*)"/g)].map(([, it = ""]) => it)
      : [runner];
    assert(runners.length > 0, name);
    for (const it of runners) assert.match(it, /^ubuntu-24\.04(-arm)?$/, name);
  }
});

Deno.test("a step fails where any part of a pipe does", () => {
  for (const [file, { defaults, jobs }] of workflows) {
    const runs = Object.values(jobs).flatMap(({ steps = [] }) => steps).some(({ run }) => run !== undefined);
    assert.deepEqual(defaults, runs ? { run: { shell: "bash" } } : undefined, file);
  }
});

Deno.test("no checkout leaves its token behind", () => {
  const checkouts = jobs.flatMap(({ job }) => job.steps ?? []).filter(({ uses }) =>
    uses?.startsWith("actions/checkout@")
  );
  assert(checkouts.length > 0);
  for (const step of checkouts) assert(step.with?.["persist-credentials"] === false);
});

Deno.test("Deno is the one of .dvmrc, and the tasks that are run are those of deno.json", async () => {
  const { tasks }: { readonly tasks: Readonly<Record<string, unknown>> } = JSON.parse(await projectText("deno.json"));
  const scripts = jobs.flatMap(({ job }) => job.steps ?? []).flatMap(({ run }) => run ?? []);
  const called = scripts.flatMap((run) => [...run.matchAll(/\bdeno@(\S+)/g)].map(([, version]) => version));
  assert.deepEqual([...new Set(called)], ["$(cat"]);
  for (const run of scripts) {
    for (const [, task = ""] of run.matchAll(/\btask (?:--quiet )?([\w-]+)/g)) assert(Object.hasOwn(tasks, task), task);
    for (const [script] of run.matchAll(/\.ci\/\w+/g)) await Deno.stat(new URL(script, projectFolder));
    if (run.includes("DENO_VERSION")) assert(run.includes('--build-arg DENO_VERSION="$(cat .dvmrc)"'), run);
  }
});

Deno.test("the gate and the images are tried on both platforms, by the commands that README and CONTRIBUTING have", () => {
  const { gate, image } = workflows.get("ci.yml")?.jobs ?? {};
  for (const job of [gate, image]) {
    assert.deepEqual(job?.strategy?.matrix["runner"], ["ubuntu-24.04", "ubuntu-24.04-arm"]);
  }
  assert(gate?.steps?.some(({ run }) => run === ".ci/run"));
  assert.deepEqual(image?.strategy?.matrix["program"], ["agent", "collector"]);
  assert(image?.steps?.some(({ run }) => run?.startsWith(".ci/image ")));
});

/** The commands in the blocks of a page, each on one line. */
function commandsIn(page: string): string {
  return [...page.matchAll(/```sh\n([^]*?)```/g)].map(([, block = ""]) => block.replaceAll(/\\\n\s*/g, "")).join("\n");
}

Deno.test("docs/releasing.md verifies the identity that the release has, and files and images that it publishes", async () => {
  const commands = commandsIn(await projectText("docs/releasing.md"));
  const text = texts.get("release.yml") ?? "";
  const { name, on, jobs } = workflows.get("release.yml") ?? {};
  // The identity of a keyless signature is the workflow's path and the ref that started it.
  assert.deepEqual(on, { push: { tags: ["v[0-9]+.[0-9]+.[0-9]+"] } });
  assert(commands.includes('/.github/workflows/release.yml@refs/tags/v$VERSION"\n'), `the workflow ${name}`);
  assert(commands.includes("\nISSUER=https://token.actions.githubusercontent.com\n"));
  const verifications = commands.split("\n").filter((line) => /^(cosign|gh attestation) verify/.test(line));
  assert.deepEqual(verifications.length, 5);
  for (const line of verifications) {
    const identity = line.startsWith("cosign")
      ? '--certificate-identity "$IDENTITY" --certificate-oidc-issuer "$ISSUER"'
      : '--repo "$REPOSITORY" --cert-identity "$IDENTITY"';
    assert(line.includes(identity), line);
  }
  // Each has what makes it on the other side.
  for (
    const [verified, made] of [
      [
        "cosign verify-blob --bundle SHA256SUMS.sigstore.json ",
        "cosign sign-blob --yes --bundle release/SHA256SUMS.sigstore.json release/SHA256SUMS",
      ],
      ["cosign verify --", 'cosign sign --yes --recursive "$image"'],
      [
        "cosign verify-attestation --type cyclonedx ",
        "cosign attest --yes --type cyclonedx --predicate release/sbom.cdx.json",
      ],
      ["gh attestation verify cluster-agent-x86_64-unknown-linux-gnu ", "subject-checksums: release/SHA256SUMS"],
      ['gh attestation verify "oci://$IMAGE" ', "subject-name: ${{ env.REGISTRY }}/cluster-agent"],
      ['IMAGE="ghcr.io/${REPOSITORY%%/*}/cluster-agent:$VERSION"', "REGISTRY: ghcr.io/${{ github.repository_owner }}"],
    ]
  ) {
    assert(commands.includes(verified ?? ""), verified);
    assert(text.includes(made ?? ""), made);
  }
  const signing = Object.entries(jobs ?? {}).filter(([, job]) => job.permissions?.["id-token"] === "write");
  assert.deepEqual(signing.map(([name]) => name), ["publish"]);
});

Deno.test("what docs/releasing.md tells of a release is what the workflow publishes", async () => {
  const page = await projectText("docs/releasing.md");
  const text = texts.get("release.yml") ?? "";
  const [, table = ""] = page.split("\n## What a release has\n");
  const told = [...(table.split("\n## ")[0] ?? "").matchAll(/^\| (`[^|]+) \|/gm)]
    .flatMap(([, cell = ""]) => [...cell.matchAll(/`([^`]+)`/g)].map(([, file = ""]) => file));
  assert(told.length >= 7, told.join());
  const { binaries } = workflows.get("release.yml")?.jobs ?? {};
  const targets = JSON.stringify(binaries?.strategy?.matrix["include"]);
  for (const file of told) {
    const [, program, target] = /^cluster-(agent|collector)-(.+)$/.exec(file) ?? [];
    if (program === undefined) assert(new RegExp(`[ /]${file.replaceAll(".", "\\.")}(?![\\w.])`).test(text), file);
    else assert(targets.includes(`"${target}"`) && text.includes("for program in agent collector"), file);
  }
  const jobsTold = [...page.matchAll(/^\| `(\w+)` +\| [^|]+ \| [^|]+ \|$/gm)].map(([, name]) => name);
  assert.deepEqual(jobsTold, Object.keys(workflows.get("release.yml")?.jobs ?? {}));
});
