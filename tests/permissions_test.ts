/**
 * What the programs may do and what they do: each permission that is declared is used, and nothing else is.
 *
 * A program runs from the bundle, as a process of its own, under the flags that the image is compiled with; only the
 * folders are moved below one of the test's own. What it asks for is in the runtime's audit file.
 *
 * @module
 */

import assert from "#assert";
import config from "../deno.json" with { type: "json" };
import { startAccessReviews } from "./fakes/fake_access_reviews.ts";
import { startAgent } from "./support/agent_process.ts";
import { issue, type Leaf } from "./fakes/certificates.ts";
import { type ContainerLog, createLogTree } from "./fakes/log_tree.ts";
import { startFakeReducer } from "./fakes/fake_reducer.ts";
import { startFakeRelay } from "./fakes/fake_relay.ts";
import { type Asked, isWithin, readAudit, trailOf, unusedIn } from "./_permission_audit.ts";
import { type PermissionSet, permissionSet } from "../tools/compile/permissions.ts";
import { type ProgramName, PROGRAMS } from "../tools/compile/programs.ts";
import { bundleAgent, declared, engineFlags, permissionFlags } from "./support/agent_bundle.ts";
import { makeCertificateFiles } from "./support/certificate_files.ts";
import {
  askForHealth,
  askForServices,
  forward,
  LINES,
  list,
  readEveryWay,
  watchBriefly,
} from "./support/every_call.ts";
import { connect, type GrpcClient } from "./support/grpc_client.ts";
import { metricsUrl, probe } from "./support/scrape.ts";
import { untilScanWorkers } from "./support/scan_worker_threads.ts";
import { projectText } from "./support/project.ts";

/** Where a service account is cannot be chosen; the test does not depend on whether there is one. */
const SERVICE_ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount";

Deno.test("the agent uses every permission that it declares, and asks for no other", async () => {
  await using bundle = await bundleAgent();
  const root = await Deno.makeTempDir({ prefix: "permissions-" });
  try {
    const set = movedBelow(root);
    const command = [Deno.execPath(), "run", ...engineFlags(), ...permissionFlags(set), bundle.file];
    const withKubeconfig = await everyCall({ root, command, auditFile: `${root}/calls.jsonl` });
    const inCluster = await startInCluster({ root, command, auditFile: `${root}/start.jsonl` });

    const known = [
      // The bundle's prelude makes a `require` for the platform's own modules; that looks for packages beside the file.
      `${bundle.folder}/node_modules`,
      // Outside of the set, refused, and taken for absent.
      `${root}/home/.kube/config`,
    ];
    const asked = [...withKubeconfig, ...inCluster];
    judge(asked, { set, known });
    await assertTold("agent", trailOf(asked, { [bundle.folder]: "BUNDLE", [root]: "" }));
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});

Deno.test("the collector uses every permission that it declares, and asks for no other", async () => {
  await using bundle = await bundleAgent();
  const root = await Deno.makeTempDir({ prefix: "permissions-" });
  try {
    const set = permissionSet("collector");
    const flags = [...engineFlags(PROGRAMS.collector.v8Flags.join()), ...permissionFlags(set)];
    const command = [Deno.execPath(), "run", ...flags, bundle.collector];
    const collecting = await collectMadeUpPods({ root, command, auditFile: `${root}/collect.jsonl` });
    const inCluster = await collectInCluster({ root, command, auditFile: `${root}/cluster.jsonl` });
    // A kubeconfig lies in a folder that a builder has added.
    await Deno.writeTextFile(`${root}/kubeconfig`, KUBECONFIG);
    const withFolder = [Deno.execPath(), "run", ...permissionFlags({ ...set, read: [root] }), bundle.collector];
    const withKubeconfig = await collectInCluster({
      root,
      command: withFolder,
      auditFile: `${root}/kubeconfig.jsonl`,
      kubeconfig: `${root}/kubeconfig`,
    });
    const known = [`${bundle.folder}/node_modules`, `${root}/home/.kube/config`, `${root}/kubeconfig`];
    const asked = [...collecting, ...inCluster, ...withKubeconfig];
    judge(asked, { set, known });
    await assertTold("collector", trailOf(asked, { [bundle.folder]: "BUNDLE", [root]: "" }));
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});

/** Compares what was asked for with the audit trail in `docs/permissions.md`. */
async function assertTold(program: ProgramName, trail: ReturnType<typeof trailOf>): Promise<void> {
  const page = await projectText("docs/permissions.md");
  const [, table = ""] = RegExp(`<!-- audit of the ${program}: .* -->([^]*?)<!-- /audit -->`).exec(page) ?? [];
  const rows = table.split("\n").filter((line) => line.startsWith("|")).slice(2).map((line) => codesIn(line));
  const told = Object.fromEntries(rows.map(([permission = "", ...texts]) => [permission, texts]));
  assert.deepEqual(told, trail, "docs/permissions.md tells another trail");
}

/** The texts in backticks of a line. */
function codesIn(line: string): readonly string[] {
  return [...line.matchAll(/`([^`]+)`/g)].map(([, text = ""]) => text);
}

/** Compares what was asked for with what is declared; files in `known` may be asked for in vain. */
function judge(
  asked: readonly Asked[],
  { set, known }: { readonly set: PermissionSet; readonly known: readonly string[] },
): void {
  const outside = asked.filter((it) =>
    !isWithin(it, set) && !(it.permission === "read" && known.includes(it.value ?? ""))
  );
  assert.deepEqual(outside, [], "asked for and not declared");
  assert.deepEqual(unusedIn(set, asked), [], "declared and never asked for");
}

for (
  const [what, asked, within] of [
    ["a file in a declared folder", { permission: "read", value: "/r/var/log/pods/a/0.log" }, true],
    ["a declared folder", { permission: "read", value: "/r/var/log/pods" }, true],
    ["a folder whose name only begins so", { permission: "read", value: "/r/var/log/pods2" }, false],
    ["any file", { permission: "read", value: null }, false],
    ["a file to write", { permission: "write", value: "/r/var/log/pods/a" }, false],
    ["a program", { permission: "run", value: "/bin/sh" }, false],
    ["an address", { permission: "net", value: "127.0.0.1:1" }, true],
    ["a declared name", { permission: "env", value: "NODE_NAME" }, true],
    ["a name that is declared by its beginning", { permission: "env", value: "KUBETAIL_X" }, true],
    ["a name that is ignored", { permission: "env", value: "GRPC_TRACE" }, true],
    ["another name", { permission: "env", value: "NODE_NAMES" }, false],
    ["the machine's name", { permission: "sys", value: "hostname" }, false],
    ["its own user", { permission: "sys", value: "uid" }, true],
  ] satisfies [string, Asked, boolean][]
) {
  Deno.test(`the audit takes ${what} for ${within ? "declared" : "not declared"}`, () => {
    assert.equal(isWithin(asked, movedBelow("/r")), within);
  });
}

Deno.test("the audit tells what is declared and not used", () => {
  const asked = [{ permission: "read", value: "/r/etc/kubetail/x" }, { permission: "env", value: "HOME" }];
  const set = {
    read: ["/r/etc/kubetail", "/r/etc", "/x"],
    sys: ["gid"],
    env: ["HOME", "KUBETAIL_*"],
    ignoredEnv: ["GRPC_*"],
  };
  assert.deepEqual(unusedIn(set, asked), ["read /x", "sys gid", "env KUBETAIL_*", "env GRPC_*", "net"]);
});

Deno.test("deno.json declares to read, to use the network, its own user, names in the environment, and nothing else", () => {
  const { read, net, sys, env, ...rest } = config.permissions.agent;
  assert.deepEqual(rest, {});
  // Told in the log where a file may not be read; nothing else tells them: /proc/self takes all permissions at once.
  assert.deepEqual(sys, ["uid", "gid"]);
  assert(net === true);
  assert.deepEqual(Object.keys(env), ["allow", "ignore"]);
  for (const path of read) assert.match(path, /^\/\w/);
});

Deno.test("the collector may read its service account alone, and neither program has a variable of the other", () => {
  const { read, net, env, ...rest } = config.permissions.collector;
  assert.deepEqual(rest, {});
  assert(net === true);
  assert.deepEqual(Object.keys(env), ["allow", "ignore"]);
  assert.deepEqual(read, [SERVICE_ACCOUNT]);
  // Where the API server is, which both have to know.
  const ofBoth = ["KUBECONFIG", "HOME", "KUBERNETES_SERVICE_HOST", "KUBERNETES_SERVICE_PORT"];
  assert.deepEqual(env.allow.filter((name) => config.permissions.agent.env.allow.includes(name)), ofBoth);
});

for (const file of ["Dockerfile", "docs/by_hand.md"]) {
  Deno.test(`${file} has the environment that keeps the C library's memory small`, async () => {
    const set = [...(await projectText(file)).matchAll(/\b(MALLOC_\w+|DENO_USR2_MEMORY_TRIM)=(\S+)/g)].map((
      [, name, value],
    ) => [name, value]);
    assert.deepEqual(set, Object.entries(PROGRAMS.agent.env));
  });
}

Deno.test("the image has one environment, which suits both programs", () => {
  assert.deepEqual(PROGRAMS.collector.env, PROGRAMS.agent.env);
});

Deno.test("docs/by_hand.md has the flags of the declared set, and no others", async () => {
  const text = (await projectText("docs/by_hand.md")).replaceAll(/\\\n\s*/g, "");
  const commands = text.split("\n").filter((line) => line.includes("--ignore-env="));
  assert.equal(commands.length, 1, "one command has the declared flags");
  assert.deepEqual(flagsIn(commands.join().replaceAll(/["']/g, "")), [...engineFlags(), ...permissionFlags(declared)]);
});

Deno.test("the Dockerfile has no flag of its own: it compiles what deno.json declares", async () => {
  const text = (await projectText("Dockerfile")).replaceAll(/^ *#.*\n/gm, "").replaceAll(/\\\n\s*/g, "");
  assert.match(text, /deno task compile /);
  assert.deepEqual(flagsIn(text.replaceAll(/xargs -I\{\}|--v8-flags "\$V8_FLAGS"/g, "")), []);
});

for (const program of ["agent", "collector"] as const) {
  Deno.test(`docs/permissions.md has each entry of the ${program}'s set in its table, and no other`, async () => {
    const [, section = ""] = (await projectText("docs/permissions.md")).split(`\n## The ${program}\n`);
    const [table = ""] = section.split("\n## ");
    const told = table.split("\n").filter((line) => line.startsWith("| `")).flatMap((line) => {
      const [flag = "", ...entries] = codesIn(line.split("|")[1] ?? "");
      return entries.length === 0 ? [flag] : entries.map((entry) => `${flag} ${entry}`);
    });
    const { read, sys, env, ignoredEnv } = permissionSet(program);
    const wanted = [
      ...read.map((path) => `--allow-read ${path}`),
      "--allow-net",
      ...sys.map((what) => `--allow-sys ${what}`),
      ...env.map((name) => `--allow-env ${name}`),
      ...ignoredEnv.map((name) => `--ignore-env ${name}`),
      "--no-prompt",
    ];
    assert.deepEqual(told.toSorted(), wanted.toSorted());
  });
}

/** The flags of a command that give a permission, or tell V8 something. */
function flagsIn(command: string): readonly string[] {
  return command.match(
    /--(?:allow|deny|ignore|no-prompt|permission|no-code-cache|v8-flags)\S*|\s-[APRWINESF]\b\S*/g,
  ) ?? [];
}

/** The declared set with its folders below `root`. */
function movedBelow(root: string): PermissionSet {
  return { ...declared, read: declared.read.map((path) => path === SERVICE_ACCOUNT ? path : root + path) };
}

/** How an audited agent is started. */
interface Audited {
  readonly root: string;
  readonly command: readonly string[];
  readonly auditFile: string;
}

/** An agent that finds its API server by a kubeconfig, and every call there is. */
async function everyCall({ root, command, auditFile }: Audited): Promise<readonly Asked[]> {
  const tree = await createLogTree(root);
  const cri = await tree.addCri({ namespace: "shop", pod: "cart", container: "web" });
  const docker = await tree.addDocker({ namespace: "shop", pod: "till", container: "web" });
  for (const log of [cri, docker]) await log.append(LINES);

  await using certificates = await makeCertificateFiles();
  const tlsDir = `${root}/etc/kubetail-tls`;
  for (const folder of [`${root}/etc/kubetail`, tlsDir]) await Deno.mkdir(folder, { recursive: true });
  for (const name of ["ca.crt", "server.crt", "server.key"]) {
    await Deno.copyFile(`${certificates.folder}/${name}`, `${tlsDir}/${name}`);
  }
  await using reviews = await startAccessReviews({ decide: ({ user }) => user === "ada" });
  await using agent = await startAgent({
    dir: `${root}/etc/kubetail`,
    settings: {
      "container-logs-dir": tree.containersDir,
      "log-roots": [tree.containersDir, tree.podsDir, tree.dockerDir],
      logging: { level: "${KUBETAIL_LOG_LEVEL}" },
      metrics: { addr: "127.0.0.1:0" },
      tls: {
        "cert-file": `${tlsDir}/server.crt`,
        "key-file": `${tlsDir}/server.key`,
        "ca-file": `${tlsDir}/ca.crt`,
        "allowed-names": ["test-client"],
      },
    },
    kubeconfig: reviews.kubeconfig,
    command,
    env: { DENO_AUDIT_PERMISSIONS: auditFile, KUBETAIL_LOG_LEVEL: "debug", NODE_NAME: "node-1", HOME: `${root}/home` },
  });
  const to = (leaf: Leaf): GrpcClient => connect({ port: agent.port, ca: certificates.authority.certPem, leaf });
  using client = to(certificates.client);
  using stranger = to(await issue(certificates.authority, { commonName: "stranger", usages: ["client"] }));

  const ada = { user: "ada", namespace: "shop" };
  assert.deepEqual(await list(client, ada), { code: "OK", pods: ["cart", "till"] });
  assert.equal((await list(client, { ...ada, user: "eve" })).code, "PERMISSION_DENIED");
  assert.equal((await list(stranger, ada)).code, "PERMISSION_DENIED");
  await watchBriefly(client, "ada");
  for (const log of [cri, docker]) await readEveryWay(client, { log, user: "ada" });
  await searchWithWorkers(client, { log: cri, pid: agent.pid });
  await askForHealth(client);
  assert((await askForServices(client)).includes("cluster_agent.LogRecordsService"));
  const url = metricsUrl(agent.log);
  for (const path of ["/livez", "/readyz", "/metrics"]) assert.equal((await probe(url, path)).status, 200, path);

  // A stream that is open is told that the agent ends.
  const following = forward(client, { log: cri, user: "ada", followFrom: "END" });
  await following.headers;
  const ended = agent.terminate();
  following.discard();
  assert.equal((await following.ending).code, "UNAVAILABLE");
  assert.equal(await ended, 0, agent.log.join("\n"));
  assert.deepEqual(agent.log.filter((line) => /NotCapable|more than one thread/.test(line)), []);
  return readAudit(auditFile);
}

/** Searches a log that is long enough for scan workers, until they have started, and then with them. */
async function searchWithWorkers(
  client: GrpcClient,
  { log, pid }: { readonly log: ContainerLog; readonly pid: number },
): Promise<void> {
  await log.append([...Array<string>(30_000).fill("x".repeat(800)), "the needle", "the end"]);
  await untilScanWorkers(pid, async () => {
    const found = await Array.fromAsync(forward(client, { log, user: "ada", grep: "(?i)needle" }));
    assert.deepEqual(found.map(({ message }) => message), ["the needle"]);
  });
}

/** An agent that is told by Kubernetes where the API server is; a key that is not there ends it, wherever it got to. */
async function startInCluster({ root, command, auditFile }: Audited): Promise<readonly Asked[]> {
  const [program = "", ...args] = command;
  const config = `${root}/etc/kubetail/agent.yaml`;
  // JSON is YAML, and it is the other parser that reads it.
  await Deno.copyFile(`${root}/etc/kubetail/agent.json`, config);
  const { code, stderr } = await new Deno.Command(program, {
    args: [...args, `--config=${config}`, `--param=tls.key-file:${root}/etc/kubetail-tls/none`],
    clearEnv: true,
    env: {
      DENO_AUDIT_PERMISSIONS: auditFile,
      KUBETAIL_LOG_LEVEL: "info",
      HOME: `${root}/home`,
      KUBERNETES_SERVICE_HOST: "127.0.0.1",
      KUBERNETES_SERVICE_PORT: "1",
    },
    stdout: "null",
    stderr: "piped",
  }).output();
  assert.equal(code, 1);
  const said = new TextDecoder().decode(stderr);
  assert.match(said, /^Error: .*(serviceaccount|kubetail-tls\/none)/);
  assert.doesNotMatch(said, /Requires \w+ access/);
  return readAudit(auditFile);
}

/** Collectors that send pods which they make up to a reducer and to a relay, and then are told to end. */
async function collectMadeUpPods({ command, auditFile }: Audited): Promise<readonly Asked[]> {
  const [program = "", ...args] = command;
  await using reducer = await startFakeReducer();
  await using relay = await startFakeRelay();
  const start = (words: readonly string[], env: Readonly<Record<string, string>>): Deno.ChildProcess =>
    new Deno.Command(program, {
      args: [...args, "--local-test", ...words],
      clearEnv: true,
      // As container runtimes set it.
      env: { DENO_AUDIT_PERMISSIONS: auditFile, HOSTNAME: "collector-0", ...env },
      stdout: "null",
      stderr: "piped",
    }).spawn();
  const toReducer = start([], { EBPF_NET_INTAKE_HOST: "localhost", EBPF_NET_INTAKE_PORT: String(reducer.port) });
  await ended(toReducer, reducer.until(({ pods }) => pods.has("POD-UID-NO-OWNER0")));
  const toRelay = start([`--server-address=localhost:${relay.port}`], { K8S_COLLECTOR_METRICS_ADDR: "127.0.0.1:0" });
  await ended(toRelay, relay.until(({ pods }) => pods.has("POD-UID-NO-OWNER0")));
  return readAudit(auditFile);
}

/** A kubeconfig whose user is not there. */
const KUBECONFIG = `
current-context: a
contexts: [{ name: a, context: { cluster: a, user: nobody } }]
clusters: [{ name: a, cluster: { server: "https://127.0.0.1:1" } }]
`;

/**
 * A collector that finds no credentials: it is told by Kubernetes where the API server is, and the service account is
 * not there; or by a kubeconfig, which has not got its user.
 */
async function collectInCluster(
  { root, command, auditFile, kubeconfig }: Audited & { readonly kubeconfig?: string },
): Promise<readonly Asked[]> {
  const [program = "", ...args] = command;
  const { code, stderr } = await new Deno.Command(program, {
    args,
    clearEnv: true,
    env: {
      DENO_AUDIT_PERMISSIONS: auditFile,
      HOME: `${root}/home`,
      HOSTNAME: "collector-0",
      ...(kubeconfig === undefined ? {} : { KUBECONFIG: kubeconfig }),
      KUBERNETES_SERVICE_HOST: "127.0.0.1",
      KUBERNETES_SERVICE_PORT: "1",
    },
    stdout: "null",
    stderr: "piped",
  }).output();
  const said = new TextDecoder().decode(stderr);
  assert.equal(code, 1, said);
  assert.match(said, kubeconfig === undefined ? /^Error: .*serviceaccount/m : /^Error: .*user.*nobody/m);
  assert.doesNotMatch(said, /Requires \w+ access/);
  return readAudit(auditFile);
}

/** Ends a collector in order when something has happened. */
async function ended(collector: Deno.ChildProcess, happened: Promise<void>): Promise<void> {
  const said = collector.output();
  try {
    await happened;
  } finally {
    collector.kill("SIGTERM");
  }
  const { code, stderr } = await said;
  assert.equal(code, 0, new TextDecoder().decode(stderr));
}
