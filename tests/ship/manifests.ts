/**
 * The manifests of `deploy/`, as kustomize builds them.
 *
 * @module
 */
import assert from "#assert";
import { relative } from "node:path";
import { parse, parseAllDocuments } from "yaml";
import { projectFolder, projectText } from "../support/project.ts";
import { runProgram } from "./check.ts";
import type { Program } from "./programs.ts";

/** An object as a manifest has it. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly generation?: number;
    readonly uid?: string;
  };
  // deno-lint-ignore no-explicit-any -- as deep and as various as Kubernetes has it
  readonly [key: string]: any;
}

/** What kustomize builds of one folder. */
export interface Build {
  /** The folder, below `deploy/`. */
  readonly name: string;
  readonly text: string;
  readonly manifests: readonly Manifest[];
}

/** The kinds that come with cert-manager and with the Prometheus operator. */
export const CUSTOM_KINDS: readonly string[] = ["Certificate", "Issuer", "PodMonitor", "PrometheusRule"];

/** Every folder below `deploy/` that kustomize can build, with what it is. */
export async function kustomizations(): Promise<ReadonlyMap<string, "Kustomization" | "Component">> {
  const found = new Map<string, "Kustomization" | "Component">();
  async function walk(folder: string): Promise<void> {
    for await (const { name, isDirectory } of Deno.readDir(new URL(`deploy/${folder}`, projectFolder))) {
      if (isDirectory) await walk(`${folder}${name}/`);
      else if (name === "kustomization.yaml") {
        found.set(folder.slice(0, -1), parse(await projectText(`deploy/${folder}${name}`)).kind);
      }
    }
  }
  await walk("");
  return new Map([...found].sort(([a], [b]) => a < b ? -1 : 1));
}

/** Builds all of them. A component, which cannot be built alone, is put on the agent. */
export async function buildAll(kustomize: Program): Promise<readonly Build[]> {
  const folders = await kustomizations();
  return await Promise.all([...folders].map(([name, kind]) => build(kustomize, name, kind === "Component")));
}

async function build(kustomize: Program, name: string, isComponent: boolean): Promise<Build> {
  const folder = new URL(`deploy/${name}`, projectFolder).pathname;
  const text = isComponent ? await buildOnAgent(kustomize, folder) : await output(kustomize, ["build", folder]);
  return { name, text, manifests: manifestsIn(text) };
}

async function buildOnAgent(kustomize: Program, component: string): Promise<string> {
  const folder = await Deno.realPath(await Deno.makeTempDir({ prefix: "kustomize-" }));
  try {
    const agent = new URL("deploy/agent", projectFolder).pathname;
    await Deno.writeTextFile(
      `${folder}/kustomization.yaml`,
      JSON.stringify({
        apiVersion: "kustomize.config.k8s.io/v1beta1",
        kind: "Kustomization",
        resources: [relative(folder, agent)],
        components: [relative(folder, component)],
      }),
    );
    return await output(kustomize, ["build", folder]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function output(program: Program, args: readonly string[]): Promise<string> {
  const { code, stdout, text } = await runProgram(program, args);
  assert.equal(code, 0, text);
  assert.equal(text, stdout, "there is no warning");
  return stdout;
}

/** The objects of a text of YAML documents. */
export function manifestsIn(text: string): readonly Manifest[] {
  return parseAllDocuments(text).flatMap((document) => {
    assert.deepEqual(document.errors.map(String), []);
    const manifest = document.toJS();
    return manifest === null ? [] : [manifest];
  });
}

/** The one object of a kind and name. */
export function one(manifests: readonly Manifest[], kind: string, name?: string): Manifest {
  const found = manifests.filter((it) => it.kind === kind && (name === undefined || it.metadata.name === name));
  const [only] = found;
  if (only === undefined || found.length > 1) throw new TypeError(`${found.length} of ${kind} ${name ?? ""}`);
  return only;
}

/** The template of the pods that an object makes; undefined where it makes none. */
export function podTemplate({ spec }: Manifest): Pick<Manifest, "metadata" | "spec"> | undefined {
  return spec?.template?.spec?.containers === undefined ? undefined : spec.template;
}

/** The secrets that `create.sh` prints, as text. */
export async function createdSecrets(...args: readonly string[]): Promise<string> {
  const script = new URL("deploy/agent/certificates/create.sh", projectFolder).pathname;
  return await output({ path: script, env: {} }, args);
}

/** Writes files to a folder that is gone afterwards. */
export async function withFiles<T>(
  files: Readonly<Record<string, string>>,
  fn: (folder: string) => Promise<T>,
): Promise<T> {
  const folder = await Deno.makeTempDir({ prefix: "manifests-" });
  try {
    for (const [name, text] of Object.entries(files)) await Deno.writeTextFile(`${folder}/${name}`, text);
    return await fn(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
