/**
 * Writes `descriptor.json` and `collector.json` from the .proto files in `proto/`: `deno task gen`, or
 * `deno task gen --check` to compare only.
 *
 * The result holds the messages and services twice, because its two readers want them so: `messages` as protobufjs's
 * JSON, for the serializers, and `files` as serialized file descriptors with their symbols, for server reflection. What
 * the collector speaks as a client is no part of that: it is in a file of its own, as messages only. The same sources
 * give the same bytes.
 *
 * @module
 */

import protobuf from "protobufjs";
import { describeFile } from "./_file_descriptor.ts";

/** Where the .proto files are, and what is made of them. */
export const FOLDER: URL = new URL("../../proto/", import.meta.url);

/** The files of the contract, imported ones first, with the names under which reflection shows them. */
const sources = [
  { path: undefined, name: "google/protobuf/timestamp.proto" },
  { path: "cluster_agent.proto", name: "cluster_agent.proto" },
  { path: "health.proto", name: "grpc/health/v1/health.proto" },
  { path: "reflection.proto", name: "grpc/reflection/v1/reflection.proto" },
] as const;

/** The text of `descriptor.json` for the .proto files as they are now. */
export async function generate(): Promise<string> {
  const root = new protobuf.Root();
  const parsed: { name: string; pkg: string; dependencies: readonly string[] }[] = [];
  for (const { path, name } of sources) {
    if (path === undefined) {
      root.addJSON(protobuf.common.get(name)?.nested ?? {});
      parsed.push({ name, pkg: "google.protobuf", dependencies: [] });
      continue;
    }
    const text = await Deno.readTextFile(new URL(path, FOLDER));
    const { package: pkg, imports = [], weakImports = [] } = protobuf.parse(text, root, { keepCase: true });
    if (pkg === undefined || weakImports.length > 0) {
      throw new TypeError(`Cannot read "${path}": no package, or a weak import`);
    }
    parsed.push({ name, pkg, dependencies: imports });
  }
  root.resolveAll();
  const files = parsed.map(({ name, pkg, dependencies }) => {
    const scope = root.lookup(pkg);
    if (!(scope instanceof protobuf.Namespace)) throw new TypeError(`Cannot find the package of "${name}": "${pkg}"`);
    return describeFile(scope, { name, dependencies });
  });
  return JSON.stringify({ messages: root.toJSON(), files }, undefined, 1) + "\n";
}

/** The text of `collector.json`. */
export async function generateCollector(): Promise<string> {
  const root = new protobuf.Root();
  protobuf.parse(await Deno.readTextFile(new URL("collector.proto", FOLDER)), root, { keepCase: true });
  root.resolveAll();
  return JSON.stringify(root.toJSON(), undefined, 1) + "\n";
}

if (import.meta.main) {
  for (const [name, make] of [["descriptor.json", generate], ["collector.json", generateCollector]] as const) {
    const text = await make();
    const target = new URL(name, FOLDER);
    if (!Deno.args.includes("--check")) {
      await Deno.writeTextFile(target, text);
    } else if (text !== await Deno.readTextFile(target)) {
      // deno-lint-ignore no-console -- a command line tool of the build, not part of the agent
      console.error(`proto/${name} is not what the .proto files say; run: deno task gen`);
      Deno.exit(1);
    }
  }
}
