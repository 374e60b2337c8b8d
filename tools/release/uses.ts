/**
 * Why the project has each package that deno.json names. The only part of the inventory that is kept by hand.
 *
 * @module
 */

/** A package of deno.json. */
export interface PackageUse {
  /** `run` where a program holds it; a test compares it with the bundle. */
  readonly role: "run" | "build" | "test";
  /** What it does here. */
  readonly why: string;
}

/** By the package's name. */
export const USES: Readonly<Record<string, PackageUse>> = {
  "@grpc/grpc-js": { role: "run", why: "gRPC over HTTP/2: the server, and the collector's client" },
  "@grpc/proto-loader": { role: "run", why: "Reads the descriptors of messages and services" },
  "@kubernetes/client-node": { role: "run", why: "Reads a kubeconfig, where there is one; a pod has none" },
  "@opentelemetry/api": { role: "run", why: "Spans of traces, which the runtime exports" },
  "lru-cache": { role: "run", why: "Decisions of the API server, and compiled patterns, up to a limit" },
  "prom-client": { role: "run", why: "The text of `/metrics`" },
  "smol-toml": { role: "run", why: "A configuration in TOML" },
  "yaml": { role: "run", why: "A configuration or a kubeconfig in YAML" },
  "assemblyscript": { role: "build", why: "Compiles the kernel to WebAssembly" },
  "protobufjs": { role: "run", why: "Encodes and decodes messages, by way of `@grpc/proto-loader`" },
  "rregex": { role: "build", why: "Rust's regex crate: the tables of Unicode, and what patterns mean in tests" },
  "@peculiar/x509": { role: "test", why: "Makes certificates" },
  "@prometheus-io/lezer-promql": { role: "test", why: "Reads the queries of alerts and of the dashboard" },
  "fast-check": { role: "test", why: "Properties" },
  "hpack.js": { role: "test", why: "Headers of hostile connections" },
  "lz4js": { role: "test", why: "Reads what the collector compresses" },
  "re2js": { role: "test", why: "Another engine, for what patterns mean" },
  "reflect-metadata": { role: "test", why: "What `@peculiar/x509` needs" },
};
