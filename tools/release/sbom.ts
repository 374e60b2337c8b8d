// deno-lint-ignore-file no-console -- this is what it is for
/**
 * `deno task sbom`: a bill of materials in CycloneDX 1.6 (ECMA-424), as JSON.
 *
 * What the programs hold is required; what the bundler leaves out, and what only builds or tests, is excluded, and says
 * which. The same sources give the same bytes: there is no time in it, and its number is made from its content.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { VERSION } from "../../src/telemetry/version.ts";
import { COMPILED_IN } from "./bundle_contents.ts";
import { type Inventory, type InventoryEntry, PROGRAM_NAMES, takeInventory } from "./inventory.ts";

/** Where the properties of this project begin, as the format wants it. */
const PREFIX = "cluster-agent:";
const PROJECT = "pkg:generic/cluster-agent";

/** A part of the bill. */
interface Component {
  readonly type: "application" | "library" | "platform";
  readonly "bom-ref"?: string;
  readonly name: string;
  readonly group?: string;
  readonly version?: string;
  readonly description?: string;
  readonly scope?: "required" | "excluded";
  readonly hashes?: readonly { readonly alg: string; readonly content: string }[];
  readonly licenses?: readonly unknown[];
  readonly purl?: string;
  readonly components?: readonly Component[];
  readonly properties?: readonly { readonly name: string; readonly value: string }[];
}

/** The bill, without what is only form. */
export interface Sbom {
  readonly bomFormat: "CycloneDX";
  readonly specVersion: "1.6";
  readonly serialNumber?: string;
  readonly version: number;
  readonly metadata: { readonly component: Component };
  readonly components: readonly Component[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
}

/** Returns the address of a package, as package URLs have it. */
export function purlOf({ name, version }: { readonly name: string; readonly version: string }): string {
  return `pkg:npm/${name.replace("@", "%40")}@${version}`;
}

/** Makes the bill. */
export function sbomOf(inventory: Inventory, { denoVersion }: { readonly denoVersion: string }): Sbom {
  const { entries, direct } = inventory;
  const refOf = (key: string): string => {
    const entry = entries.get(key);
    if (entry === undefined) throw new TypeError(`Cannot make a bill of materials: no package ${key}`);
    return purlOf(entry);
  };
  const runtime: Component = {
    type: "platform",
    "bom-ref": `pkg:github/denoland/deno@v${denoVersion}`,
    name: "deno",
    version: denoVersion,
    description: "The runtime that the programs are compiled into",
    scope: "required",
    licenses: [{ license: { id: "MIT" } }],
    purl: `pkg:github/denoland/deno@v${denoVersion}`,
  };
  const project = `${PROJECT}@${VERSION}`;
  const bill: Sbom = {
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    version: 1,
    metadata: {
      component: {
        type: "application",
        "bom-ref": project,
        name: "cluster-agent",
        version: VERSION,
        licenses: [{ license: { id: "Apache-2.0" } }],
        purl: project,
        components: PROGRAM_NAMES.map((name) => ({
          type: "application" as const,
          "bom-ref": `${project}#${name}`,
          name: `cluster-${name}`,
          version: VERSION,
        })),
      },
    },
    components: [runtime, ...[...entries.values()].map(componentOf)],
    dependencies: [
      { ref: project, dependsOn: [runtime.purl ?? "", ...direct.map(refOf)].toSorted() },
      ...PROGRAM_NAMES.map((name) => ({
        ref: `${project}#${name}`,
        dependsOn: [runtime.purl ?? "", ...[...entries.values()].filter((it) => name in it.bytes).map(purlOf)]
          .toSorted(),
      })),
      ...[...entries.values()].map((it) => ({ ref: purlOf(it), dependsOn: it.dependencies.map(refOf).toSorted() })),
    ],
  };
  return { ...bill, serialNumber: serialNumberOf(bill) };
}

function componentOf(entry: InventoryEntry): Component {
  const { name, version, description, integrity, license, role } = entry;
  const [, group, rest] = /^(@[^/]+)\/(.+)$/.exec(name) ?? [];
  const within = Object.values(COMPILED_IN).filter(({ into }) => into === name);
  const programs = PROGRAM_NAMES.filter((program) => program in entry.bytes);
  return {
    type: "library",
    "bom-ref": purlOf(entry),
    ...(group === undefined ? {} : { group }),
    name: rest ?? name,
    version,
    ...(description === "" ? {} : { description }),
    scope: role === "run" ? "required" : "excluded",
    hashes: [hashOf(entry, integrity)],
    licenses: [{ license: { id: license } }],
    purl: purlOf(entry),
    // At a version that the package does not tell.
    ...(within.length === 0 ? {} : { components: within.map((it) => ({ type: "library" as const, name: it.name })) }),
    properties: [
      { name: `${PREFIX}role`, value: role },
      ...programs.map((program) => ({ name: `${PREFIX}program`, value: program })),
    ],
  };
}

/** Turns the lock file's checksum into the format's: hexadecimal digits. */
function hashOf({ name, version }: InventoryEntry, integrity: string): { alg: string; content: string } {
  const [, digest] = /^sha512-([A-Za-z0-9+/]{86}==)$/.exec(integrity) ?? [];
  if (digest === undefined) throw new TypeError(`Cannot take ${name}@${version}: deno.lock has no SHA-512 of it`);
  return { alg: "SHA-512", content: Buffer.from(digest, "base64").toString("hex") };
}

/** Makes a UUID of version 8 from the content: the number of another content is another one. */
function serialNumberOf(bill: Sbom): string {
  const hash = createHash("sha256").update(JSON.stringify(bill)).digest();
  hash[6] = ((hash[6] ?? 0) & 0x0f) | 0x80;
  hash[8] = ((hash[8] ?? 0) & 0x3f) | 0x80;
  const digits = hash.toString("hex");
  const parts = [[0, 8], [8, 12], [12, 16], [16, 20], [20, 32]].map(([from, to]) => digits.slice(from, to));
  return `urn:uuid:${parts.join("-")}`;
}

if (import.meta.main) {
  console.log(JSON.stringify(sbomOf(await takeInventory(), { denoVersion: Deno.version.deno }), undefined, 2));
}
