import assert from "#assert";
import { type CollectCommand, parseCollect } from "./collect_flags.ts";
import { CollectSettingError, type CollectSettings, readCollectSettings } from "./collect_settings.ts";

function read(words: readonly string[], env: Readonly<Record<string, string>> = {}): CollectSettings {
  const command = parseCollect(words);
  assert.equal(command.kind, "collect");
  return readCollectSettings(command as CollectCommand, {
    env: (name) => env[name],
    osHostname: () => "by-the-system",
  });
}

const usual: CollectSettings = {
  sink: "jsonl",
  intakeHost: "127.0.0.1",
  intakePort: 8_000,
  serverAddress: "localhost:8712",
  deleteTtlMs: 60_000,
  deleteCapacity: 10_000,
  hostname: "by-the-system",
  version: { major: 0, minor: 11, patch: 0 },
  logLevel: "info",
};

Deno.test("readCollectSettings knows what is usual", () => {
  assert.deepEqual(read([]), usual);
  assert.deepEqual(read([], { EBPF_NET_INTAKE_HOST: "", HOSTNAME: "" }), usual);
});

Deno.test("readCollectSettings takes flags, and the environment before them", () => {
  const words = [
    "--intake-host=flag",
    "--intake-port=1",
    "--delete-ttl-secs=2",
    "--delete-capacity=3",
    "--log-level=warn",
  ];
  const flags = {
    ...usual,
    sink: "reducer",
    intakeHost: "flag",
    intakePort: 1,
    deleteTtlMs: 2_000,
    deleteCapacity: 3,
    logLevel: "warn",
  };
  assert.deepEqual(read(words), flags);
  const env = {
    EBPF_NET_INTAKE_HOST: "reducer.example",
    EBPF_NET_INTAKE_PORT: "65535",
    K8S_COLLECTOR_DELETE_TTL_SECS: "0",
    K8S_COLLECTOR_DELETE_CAPACITY: "0",
    K8S_COLLECTOR_HOSTNAME: "told",
    HOSTNAME: "pod",
    RUST_LOG: "DEBUG",
    EBPF_NET_MAJOR_VERSION: "1",
    EBPF_NET_MINOR_VERSION: "2",
    EBPF_NET_PATCH_VERSION: "3",
  };
  const expected = {
    ...usual,
    sink: "reducer",
    intakeHost: "reducer.example",
    intakePort: 65_535,
    deleteTtlMs: 0,
    deleteCapacity: 0,
    hostname: "told",
    version: { major: 1, minor: 2, patch: 3 },
    logLevel: "debug",
  };
  assert.deepEqual(read(words, env), expected);
  assert.equal(read([], { HOSTNAME: "pod" }).hostname, "pod");
});

Deno.test("readCollectSettings takes the sink that is said, whatever else is", () => {
  assert.equal(read(["--sink=jsonl"], { EBPF_NET_INTAKE_HOST: "x" }).sink, "jsonl");
  assert.equal(read(["--sink=reducer"]).intakeHost, "127.0.0.1");
  assert.equal(read(["--sink=jsonl", "--server-address=x:1"]).sink, "jsonl");
});

Deno.test("readCollectSettings takes the sink whose address is said", () => {
  assert.equal(read(["--intake-port=9000"]).sink, "reducer");
  assert.equal(read([], { EBPF_NET_INTAKE_PORT: "9000" }).sink, "reducer");
  assert.equal(read(["--server-address=relay:1"]).sink, "grpc");
  assert.equal(read(["--server-address=relay:1", "--intake-host=x"]).sink, "reducer");
});

for (
  const [text, flag, level] of [
    ["warn", "debug", "warn"],
    ["Trace", undefined, "trace"],
    ["info,k8s_collector=debug", "warn", "debug"],
    ["k8s_collector=debug,error", undefined, "debug"],
    ["kube_client=trace, warn", undefined, "warn"],
    ["kube_client=trace", "error", "error"],
    ["kube_client=trace", undefined, "info"],
    [",", undefined, "info"],
  ] as const
) {
  Deno.test(`readCollectSettings takes the level ${level} of RUST_LOG ${text} and --log-level ${flag}`, () => {
    assert.equal(read(flag === undefined ? [] : [`--log-level=${flag}`], { RUST_LOG: text }).logLevel, level);
  });
}

for (
  const [words, env, message] of [
    [
      ["--intake-port=65536"],
      {},
      'Cannot use --intake-port: wanted a whole number from 0 to 65535, got "65536"',
    ],
    [["--delete-ttl-secs=1.5"], {}, "Cannot use --delete-ttl-secs: "],
    [["--delete-capacity=-1"], {}, "Cannot use --delete-capacity: "],
    [["--intake-port=1"], { EBPF_NET_INTAKE_PORT: "x" }, "Cannot use EBPF_NET_INTAKE_PORT: "],
    [[], { EBPF_NET_MINOR_VERSION: "4294967296" }, "Cannot use EBPF_NET_MINOR_VERSION: "],
    [[], { RUST_LOG: "off" }, 'Cannot use RUST_LOG: wanted error, warn, info, debug, trace, got "off"'],
    [[], { K8S_COLLECTOR_DELETE_CAPACITY: "many" }, "Cannot use K8S_COLLECTOR_DELETE_CAPACITY: "],
    [["--metrics-addr=9464"], {}, 'Cannot use --metrics-addr: wanted IP:PORT, HOST:PORT or :PORT, got "9464"'],
    [
      ["--metrics-addr=:1"],
      { K8S_COLLECTOR_METRICS_ADDR: "x" },
      'Cannot use K8S_COLLECTOR_METRICS_ADDR: wanted IP:PORT, HOST:PORT or :PORT, got "x"',
    ],
    [["--log-level=loud"], {}, 'Cannot use --log-level: wanted error, warn, info, debug, trace, got "loud"'],
  ] satisfies [string[], Record<string, string>, string][]
) {
  Deno.test(`readCollectSettings refuses ${words.join(" ")}${Object.keys(env).join(" ")}`, () => {
    assert.throws(
      () => read(words, env),
      (error: unknown) => error instanceof CollectSettingError && error.message.startsWith(message),
    );
  });
}

Deno.test("readCollectSettings takes the address of metrics from the environment, or else from the flag", () => {
  assert.deepEqual(read(["--metrics-addr=:9464"]).metricsAddr, { host: "::", port: 9464 });
  const env = { K8S_COLLECTOR_METRICS_ADDR: "127.0.0.1:1" };
  assert.deepEqual(read(["--metrics-addr=:9464"], env).metricsAddr, { host: "127.0.0.1", port: 1 });
  assert.equal("metricsAddr" in read([], { K8S_COLLECTOR_METRICS_ADDR: "" }), Boolean(0));
});
