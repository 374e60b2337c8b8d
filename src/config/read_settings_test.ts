import assert from "#assert";
import { readSettings, type ReadSettingsOptions, type SettingsRead } from "./read_settings.ts";

const TLS = "tls: {cert-file: /c, key-file: /k, ca-file: /ca, allowed-names: [proxy]}\n";

function read(
  text: string,
  options: Partial<ReadSettingsOptions> & { file?: string } = {},
): Promise<SettingsRead> {
  const { file = "/etc/agent.yaml", ...rest } = options;
  return readSettings(file, {
    env: () => undefined,
    readText: () => Promise.resolve(text),
    ...rest,
  });
}

Deno.test("readSettings fills in every default", async () => {
  assert.deepEqual(await read(TLS), {
    settings: {
      addr: { host: "::", port: 50051 },
      containerLogsDir: "/var/log/containers",
      logRoots: [
        "/var/log/containers",
        "/var/log/pods",
        "/var/lib/docker/containers",
      ],
      logging: { enabled: true, level: "info", format: "json" },
      metrics: {},
      tls: {
        certFile: "/c",
        keyFile: "/k",
        caFile: "/ca",
        allowedNames: ["proxy"],
        clientAuth: "require-and-verify",
      },
      authorization: { mode: "proxy" },
      allowedNamespaces: [],
      history: true,
      reviewMs: 300_000,
      staleAfterMs: 1_800_000,
      limits: {
        streamsPerIdentity: 4_096,
        bytesInFlight: 33_554_432,
        stalledStreamMs: 300_000,
        maxConnections: 1_000,
        maxConnectionsPerPeer: 500,
        handshakeMs: 10_000,
        connectionIdleMs: 1_800_000,
        connectionAgeMs: 0,
        requestMs: 30_000,
        maxUnfinishedRequests: 4_000,
        maxStreamsPerConnection: 10_000,
        maxMetadataBytes: 65_536,
      },
      shutdownGraceMs: 10_000,
    },
    warnings: [],
  });
});

Deno.test("readSettings takes every key from the file", async () => {
  const { settings, warnings } = await read(`
addr: localhost:1
container-logs-dir: /logs/containers/
log-roots: [/logs, /data]
logging: {enabled: false, level: 4, format: pretty}
metrics: {addr: ":9464"}
tls: {cert-file: /c, key-file: /k, client-auth: none, allowed-names: [a, b]}
authorization: {mode: token, review-interval: 30, stale-after: 45}
history: false
allowed-namespaces: [team-a, team-b]
limits:
  streams-per-identity: 100
  bytes-in-flight: 8Mi
  stalled-stream: 1m
  connections: 11
  connections-per-peer: "10"
  handshake-time: 3
  connection-idle: 0
  connection-age: 40m
  request-time: 4
  unfinished-requests: 5
  streams-per-connection: 6
  metadata-size: 7
shutdown-grace: 2.5
`);
  assert.deepEqual(warnings, []);
  assert.deepEqual(settings, {
    addr: { host: "localhost", port: 1 },
    containerLogsDir: "/logs/containers/",
    logRoots: ["/logs", "/data"],
    logging: { enabled: false, level: "debug", format: "pretty" },
    metrics: { addr: { host: "::", port: 9464 } },
    tls: {
      certFile: "/c",
      keyFile: "/k",
      allowedNames: ["a", "b"],
      clientAuth: "none",
    },
    authorization: { mode: "token" },
    allowedNamespaces: ["team-a", "team-b"],
    history: false,
    reviewMs: 30_000,
    staleAfterMs: 45_000,
    limits: {
      streamsPerIdentity: 100,
      bytesInFlight: 8_388_608,
      stalledStreamMs: 60_000,
      maxConnections: 11,
      maxConnectionsPerPeer: 10,
      handshakeMs: 3_000,
      connectionIdleMs: 0,
      connectionAgeMs: 2_400_000,
      requestMs: 4_000,
      maxUnfinishedRequests: 5,
      maxStreamsPerConnection: 6,
      maxMetadataBytes: 7,
    },
    shutdownGraceMs: 2_500,
  });
});

Deno.test("readSettings takes a review for stale after half an hour, or after a review interval that is longer", async () => {
  for (const [interval, stale] of [["10s", 1_800_000], ["30m", 1_800_000], ["45m", 2_700_000]] as const) {
    const { settings } = await read(`${TLS}authorization: {review-interval: ${interval}}\n`);
    assert.equal(settings.staleAfterMs, stale);
  }
  const { settings } = await read(`${TLS}authorization: {review-interval: 60, stale-after: 60}\n`);
  assert.deepEqual([settings.reviewMs, settings.staleAfterMs], [60_000, 60_000]);
});

Deno.test("readSettings puts the default log roots beside the containers folder", async () => {
  const { settings } = await read(
    `${TLS}container-logs-dir: /data/log/containers/\n`,
  );
  assert.deepEqual(settings.logRoots, [
    "/data/log/containers/",
    "/data/log/pods",
    "/var/lib/docker/containers",
  ]);
});

Deno.test("readSettings lets -p win over the file, the last -p over others, and -a over all", async () => {
  const text = `${TLS}addr: :1\nlogging: {level: error}\n`;
  const addr = async (options: Partial<ReadSettingsOptions>): Promise<number> =>
    (await read(text, options)).settings.addr.port;
  assert.equal(await addr({}), 1);
  assert.equal(await addr({ overrides: ["addr::2"] }), 2);
  assert.equal(await addr({ overrides: ["addr::2", "addr:[::1]:3"] }), 3);
  assert.equal(await addr({ overrides: ["addr::2"], addr: ":4" }), 4);
});

Deno.test("readSettings takes every kind of value from -p", async () => {
  const { settings } = await read("", {
    overrides: [
      "tls.cert-file:/c:x",
      "tls.key-file:/k",
      "tls.ca-file:/ca",
      "tls.allowed-names:a,b",
      "allowed-namespaces:c, d",
      "logging.enabled:false",
      "logging.level:5",
      "logging.format:pretty",
      "shutdown-grace:1m",
    ],
  });
  assert.equal(settings.tls.certFile, "/c:x");
  assert.deepEqual(settings.tls.allowedNames, ["a", "b"]);
  assert.deepEqual(settings.allowedNamespaces, ["c", "d"]);
  assert.deepEqual(settings.logging, {
    enabled: false,
    level: "trace",
    format: "pretty",
  });
  assert.equal(settings.shutdownGraceMs, 60_000);
});

Deno.test("readSettings does not look at a value that loses", async () => {
  const { settings } = await read(`${TLS}addr: nonsense\n`, {
    overrides: ["addr:worse"],
    addr: ":4",
  });
  assert.equal(settings.addr.port, 4);
});

Deno.test("readSettings substitutes variables before parsing", async () => {
  const env = (name: string): string | undefined => name === "LEVEL" ? "level: warn" : undefined;
  const { settings } = await read(
    `${TLS}logging:\n  $LEVEL\naddr: \${ADDR::7}\n`,
    { env },
  );
  assert.equal(settings.logging.level, "warn");
  assert.equal(settings.addr.port, 7);
});

Deno.test("readSettings ignores unknown keys with one warning that names them", async () => {
  const { warnings } = await read(
    `future: {a: 1}\ntls: {enabled: true, cert-file: /c, key-file: /k, ca-file: /ca, allowed-names: [x]}\nlogging: {access-log: {a: 1}}\n`,
    { overrides: ["nope.x:1", "limits.maximum:3", "dashboard.addr:x"] },
  );
  assert.deepEqual(warnings, [
    "Ignoring unknown configuration keys: future, nope.x (-p), " +
    "limits.maximum (did you mean limits.connections?) (-p)",
  ]);
});

Deno.test("readSettings says nothing of the sections that Kubetail's other programs have in a shared file", async () => {
  const { warnings } = await read(`${TLS}
auth-mode: auto
base-path: /
cluster-api-endpoint: http://kubetail-cluster-api
environment: cluster
gin-mode: release
kubeconfig: ""
csrf: {enabled: true}
session: {key-pairs: [], cookie: {name: session, path: /, same-site: lax}}
ui: {cluster-api-enabled: true, columns: [timestamp, dot]}
logging: {access-log: {enabled: true, hide-health-checks: false}}
dashboard: {addr: ":8080", allowed-namespaces: [a], tls: {cert-file: ""}}
cluster-api: {addr: ":80", tls: {enabled: false, cert-file: ""}}
cluster-agent: {dispatch-url: "kubernetes://kubetail-cluster-agent:50051", tls: {enabled: false, ca-file: "", server-name: ""}}
version: 1
general: {kubeconfig: ""}
commands: {logs: {head: 10}, serve: {port: 7500}}
`);
  assert.deepEqual(warnings, []);
});

Deno.test("readSettings warns of its settings in the section that has its name, where they do not count", async () => {
  const { warnings, settings } = await read(`${TLS}cluster-agent: {addr: ":1", logging: {level: debug}, x: 1}\n`);
  assert.deepEqual(warnings, [
    "Ignoring unknown configuration keys: cluster-agent.addr (did you mean addr?), " +
    "cluster-agent.logging.level (did you mean logging.level?)",
  ]);
  assert.equal(settings.addr.port, 50_051);
});

Deno.test("readSettings names no more than twenty unknown keys", async () => {
  const { warnings: [warning = ""] } = await read(
    TLS + Array.from({ length: 30 }, (_, index) => `zzz${index}: 1\n`).join(""),
  );
  assert.match(warning, /zzz0, .*zzz19, and 10 more$/);
});

Deno.test("readSettings searches unknown maps for what limits, and gets to an end in deep ones", async () => {
  const nest = (depth: number, inner: string): string => "{a: ".repeat(depth) + inner + "}".repeat(depth);
  await assert.rejects(read(`${TLS}zzz: ${nest(5, "{allowed-names: [x]}")}\n`), {
    message: /"zzz\.a\.a\.a\.a\.a\.allowed-names" is no setting, did you mean tls\.allowed-names\?$/,
  });
  const { warnings } = await read(`${TLS}zzz: ${nest(500, "1")}\n`);
  assert.deepEqual(warnings, ["Ignoring unknown configuration keys: zzz"]);
});

Deno.test("readSettings takes another log format for json, with a warning", async () => {
  const { settings, warnings } = await read(`${TLS}logging: {format: text}\n`);
  assert.equal(settings.logging.format, "json");
  assert.deepEqual(warnings, [
    'Logging as json: logging.format is "text", expected json or pretty',
  ]);
});

Deno.test("readSettings warns of empty allowed-names where identities are forwarded", async () => {
  const text = "tls: {cert-file: /c, key-file: /k, ca-file: /ca, allowed-names: []}\n";
  const { warnings } = await read(text);
  assert.deepEqual(warnings, [
    "Any client with a verified certificate may forward identities: tls.allowed-names is empty",
  ]);
  assert.deepEqual(
    (await read(`${text}authorization: {mode: token}`)).warnings,
    [],
  );
});

Deno.test("readSettings takes an empty section for no settings", async () => {
  const { settings } = await read(`${TLS}logging:\nauthorization: {}\n`);
  assert.equal(settings.logging.level, "info");
});

const FILE = 'Cannot use configuration file "/etc/agent.yaml": ';
for (
  const [text, options, message] of [
    [
      "",
      {},
      `${FILE}it is empty, tls.cert-file, tls.key-file, tls.ca-file missing, expected the path of a PEM file each`,
    ],
    ["# nothing\n", {}, `${FILE}it is empty, tls.cert-file`],
    [
      'tls: {cert-file: /c, key-file: "-----BEGIN PRIVATE KEY-----MIIE", ca-file: /ca}',
      {},
      `${FILE}tls.key-file is a PEM text, expected a path`,
    ],
    [`${TLS}shutdown-grace: .inf`, {}, `${FILE}shutdown-grace is Infinity, expected a number of seconds`],
    [
      "addr: :1",
      {},
      `${FILE}tls.cert-file, tls.key-file, tls.ca-file missing, expected the path of a PEM file each`,
    ],
    [
      "tls: {key-file: /k, ca-file: /ca}",
      {},
      `${FILE}tls.cert-file missing, expected the path of a PEM file each`,
    ],
    [
      "tls: {cert-file: /c, key-file: /k}",
      {},
      `${FILE}tls.ca-file missing, expected the path of a PEM file each`,
    ],
    [
      "tls: {key-file: /k, client-auth: none}\nauthorization: {mode: token}",
      {},
      `${FILE}tls.cert-file missing, expected the path of a PEM file each`,
    ],
    [
      "tls: {cert-file: /c, key-file: /k, client-auth: none}",
      {},
      `${FILE}tls.client-auth is "none", expected require-and-verify unless authorization.mode is token`,
    ],
    [
      TLS,
      { overrides: ["tls.client-auth:none"] },
      `Cannot use -p: tls.client-auth is "none", expected require-and-verify unless authorization.mode is token`,
    ],
    [
      `${TLS}logging: {level: disabled}`,
      {},
      `${FILE}logging.level is "disabled", expected error, warn, info, debug, trace or 1 to 5`,
    ],
    [
      "tls: {cert-file: /c, key-file: /k, ca-file: /ca, allowed-names: kubetail-cluster-api}",
      {},
      `${FILE}tls.allowed-names is "kubetail-cluster-api", expected a list of texts that are not empty`,
    ],
    [
      `${TLS}allowed-namespaces:`,
      {},
      `${FILE}allowed-namespaces is null, expected a list of texts that are not empty`,
    ],
    [
      `${TLS}addr: 50051`,
      {},
      `${FILE}addr is 50051, expected IP:PORT, HOST:PORT or :PORT`,
    ],
    [
      `${TLS}allowed-namespace: [a]`,
      {},
      `${FILE}"allowed-namespace" is no setting, did you mean allowed-namespaces?`,
    ],
    [
      "tls: {cert-file: /c, key-file: /k, ca-file: /ca, allowd-names: [a]}",
      {},
      `${FILE}"tls.allowd-names" is no setting, did you mean tls.allowed-names?`,
    ],
    [
      `${TLS}tls.allowed-names: [a]`,
      {},
      `${FILE}"tls.allowed-names" is written with a dot, expected a map "tls" with "allowed-names" in it`,
    ],
    [
      TLS,
      { overrides: ["tls.allowed-name:a"] },
      `Cannot use -p: "tls.allowed-name" is no setting, did you mean tls.allowed-names?`,
    ],
    [
      TLS,
      { overrides: ["logging:debug"] },
      `Cannot use -p: "logging:debug" names no single setting, expected key:value`,
    ],
    [TLS, { overrides: [":x"] }, `Cannot use -p: ":x" names no single setting`],
    [
      '{"allowed-namespaces": ["a"], "allowed-namespaces": []}',
      { file: "/etc/agent.json" },
      `Cannot use configuration file "/etc/agent.json": it does not parse as json: Map keys must be unique`,
    ],
    [
      `${TLS}allowed-namespaces: [a]\nallowed-namespaces: []`,
      {},
      `${FILE}it does not parse as yaml: Map keys must be unique`,
    ],
    [
      `${TLS}log-roots: []`,
      {},
      `${FILE}log-roots is [], expected a list of absolute paths, at least one`,
    ],
    [
      `${TLS}log-roots: [var/log]`,
      {},
      `${FILE}log-roots is ["var/log"], expected a list of absolute paths, at least one`,
    ],
    [
      TLS,
      { overrides: ["log-roots:var/log"] },
      `Cannot use -p: log-roots is ["var/log"], expected a list of absolute paths, at least one`,
    ],
    [
      `${TLS}container-logs-dir: ""`,
      {},
      `${FILE}container-logs-dir is "", expected an absolute path`,
    ],
    [
      `${TLS}container-logs-dir: containers`,
      {},
      `${FILE}container-logs-dir is "containers", expected an absolute path`,
    ],
    [
      `${TLS}allowed-namespaces: [ns1]`,
      { overrides: ["allowed-namespaces:"] },
      `Cannot use -p: allowed-namespaces is "", expected a list of texts that are not empty`,
    ],
    [
      TLS,
      { overrides: ["tls.allowed-names: "] },
      `Cannot use -p: tls.allowed-names is " ", expected a list of texts that are not empty`,
    ],
    [
      TLS,
      { overrides: ["allowed-namespaces:a,,b"] },
      `Cannot use -p: allowed-namespaces is ["a","","b"], expected a list of texts that are not empty`,
    ],
    [
      `${TLS}allowed-namespaces: [\${NONE:}]`,
      {},
      `${FILE}allowed-namespaces is empty since a variable in it is, expected a list of texts that are not empty`,
    ],
    [
      `${TLS}allowed-namespaces: \${LIST:[\${NONE:}]}`,
      {},
      `${FILE}allowed-namespaces is empty since a variable in it is, expected a list of texts that are not empty`,
    ],
    [
      "tls: {cert-file: /c, key-file: /k, ca-file: /ca, allowed-names: [$EMPTY]}\n",
      { env: () => "" },
      `${FILE}tls.allowed-names is empty since a variable in it is, expected a list of texts that are not empty`,
    ],
    [
      `${TLS}authorization: {review-interval: 0}`,
      {},
      `${FILE}authorization.review-interval is 0, expected a number of seconds, or a text such as 30s or 2m, at least 10s and at most 60m`,
    ],
    [
      TLS,
      { overrides: ["authorization.review-interval:500ms"] },
      `Cannot use -p: authorization.review-interval is "500ms", expected a number of seconds, or a text such as 30s or 2m, at least 10s`,
    ],
    [
      `${TLS}authorization: {review-interval: 60, stale-after: 59}`,
      {},
      `${FILE}authorization.stale-after is 59, expected no less than authorization.review-interval`,
    ],
    [
      TLS,
      { overrides: ["authorization.stale-after:2m"] },
      `Cannot use -p: authorization.stale-after is "2m", expected no less than authorization.review-interval`,
    ],
    [
      `${TLS}authorization: {stale-after: 0}`,
      {},
      `${FILE}authorization.stale-after is 0, expected a number of seconds, or a text such as 30s or 2m, at least 10s`,
    ],
    [
      `${TLS}authorization: {mode: rbac}`,
      {},
      `${FILE}authorization.mode is "rbac", expected proxy or token`,
    ],
    [
      `${TLS}logging: info`,
      {},
      `${FILE}logging is "info", expected a map of settings`,
    ],
    ["tls: [a]", {}, `${FILE}tls is ["a"], expected a map of settings`],
    [
      TLS,
      { addr: "here" },
      `Cannot use -a: addr is "here", expected IP:PORT, HOST:PORT or :PORT`,
    ],
    [
      TLS,
      { overrides: ["addr:"] },
      `Cannot use -p: addr is "", expected IP:PORT, HOST:PORT or :PORT`,
    ],
    [
      TLS,
      { overrides: ["addr"] },
      `Cannot use -p: "addr" has no colon, expected key:value`,
    ],
    [
      `${TLS}x: $GONE`,
      {},
      `${FILE}line 2: variable GONE is not set and has no default`,
    ],
    [TLS, { file: "/etc/agent.conf" }, "is not of a registered file format"],
    [
      `${TLS}addr: "${"x".repeat(500)}"`,
      {},
      `${FILE}addr is "${"x".repeat(79)}…, expected IP:PORT, HOST:PORT or :PORT`,
    ],
  ] as const
) {
  Deno.test(`readSettings refuses ${JSON.stringify(text.slice(0, 120))} with ${JSON.stringify(options)}`, async () => {
    await assert.rejects(read(text, options), (error: Error) => {
      assert.equal(error.name, "ConfigError");
      assert(error.message.includes(message), error.message);
      assert(!error.message.includes("\n"));
      return true;
    });
  });
}

Deno.test("readSettings takes an empty list that is written as one, whatever variables are empty elsewhere", async () => {
  const { settings } = await read(`${TLS}allowed-namespaces: []\nfuture: [\${NONE:}]\naddr: \${NONE:}":7"\n`);
  assert.deepEqual([settings.allowedNamespaces, settings.addr.port], [[], 7]);
});

Deno.test("readSettings tells of a line of half a megabyte in a short one", async () => {
  const blanks = " ".repeat(500_000);
  for (
    const [file, text] of [["/a.toml", `a = "${blanks}`], ["/a.yaml", `"${blanks}a\n${blanks}b`], [
      "/a.json",
      `["${blanks}`,
    ]]
  ) {
    await assert.rejects(read(text ?? "", { file: file ?? "" }), (error: Error) => {
      assert.equal(error.name, "ConfigError");
      assert.ok(error.message.length < 1_200, `${error.message.length} characters`);
      return true;
    });
  }
});

Deno.test("readSettings says which file it cannot read", async () => {
  const file = "/gone/agent.yaml";
  await assert.rejects(
    readSettings(file, {
      env: () => undefined,
    }),
    {
      name: "ConfigError",
      message: /^Cannot read configuration file "\/gone\/agent\.yaml": No such file or directory/,
    },
  );
});

Deno.test("readSettings checks the size of its file before it reads it", async () => {
  const file = await Deno.makeTempFile({ suffix: ".yaml" });
  try {
    await Deno.truncate(file, 2 ** 20 + 1);
    await assert.rejects(readSettings(file, { env: () => undefined }), {
      name: "ConfigError",
      message: `Cannot read configuration file "${file}": it has 1048577 bytes, at most 1048576 are allowed`,
    });
  } finally {
    await Deno.remove(file);
  }
});
