/**
 * Variables of the environment that act on a process outside of `--allow-env`: what they do to the programs as they are
 * deployed, bundled and with the declared permissions. `docs/permissions.md` has the table.
 *
 * @module
 */
import assert from "#assert";
import type { Buffer } from "node:buffer";
import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { type AccessReviews, startAccessReviews } from "./fakes/fake_access_reviews.ts";
import { issue, makeAuthority } from "./fakes/certificates.ts";
import { type AgentBundle, bundleAgent, collectorCommand, imageCommand } from "./support/agent_bundle.ts";
import type { AgentProcess } from "./support/agent_process.ts";
import { list } from "./support/every_call.ts";
import { connect } from "./support/grpc_client.ts";
import { listeningPorts } from "./support/listening_ports.ts";
import { INSPECTOR_PORT } from "../src/lifecycle/inspector_port.ts";
import { runAgent, type RunningAgent } from "./support/running_agent.ts";
import { NO_REDUCER, runCollector, type RunningCollector } from "./support/running_collector.ts";
import { metricsUrl, probe } from "./support/scrape.ts";
import { shakeHands } from "./support/tls_client.ts";

type Env = Readonly<Record<string, string>>;

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
let bundle: AgentBundle;
let folder = "";
Deno.test.beforeAll(async () => {
  bundle = await bundleAgent();
  folder = await Deno.makeTempDir({ prefix: "environment-" });
});
Deno.test.afterAll(async () => {
  await bundle[Symbol.asyncDispose]();
  await Deno.remove(folder, { recursive: true });
});

/** The bundled agent under the declared permissions. */
async function run(
  env: Env,
  { settings = {}, kubeconfig }: {
    readonly settings?: Readonly<Record<string, unknown>>;
    readonly kubeconfig?: string;
  } = {},
): Promise<RunningAgent> {
  // A file to read as any other: the one that the rig writes leads to its own API server.
  const found = kubeconfig === undefined ? {} : { KUBECONFIG: kubeconfig };
  const command = (dir: string): readonly string[] => imageCommand(bundle.file, [dir, folder]);
  return await runAgent({ command, env: { ...found, ...env }, settings });
}

/** The bundled collector under its permissions. */
function collect(env: Env, args: readonly string[] = []): RunningCollector {
  return runCollector({ file: bundle.collector, env: { ...NO_REDUCER, ...env }, args, folders: [folder] });
}

/** How a list ends that the agent has to put a review for. */
async function listed({ agent, authority, leaf }: RunningAgent): Promise<string> {
  using client = connect({ port: agent.port, ca: authority.certPem, leaf });
  return (await list(client, { user: "ada", namespace: "shop" })).code;
}

/** What a program has printed that is none of its own lines. */
function foreignLines({ log }: AgentProcess): readonly string[] {
  return log.filter((line) => !line.startsWith("{"));
}

/** Both programs; the agent says at its start that its configuration is not there, unless something comes before. */
function bothCommands(): readonly (readonly string[])[] {
  return [[...imageCommand(bundle.file, []), "--config=/none"], collectorCommand(bundle.collector, [])];
}

/** What a program says that does not start. */
async function refusal(
  command: readonly string[],
  env: Env,
): Promise<{ readonly code: number; readonly said: string }> {
  const [program = "", ...args] = command;
  const { code, stdout, stderr } = await new Deno.Command(program, {
    args,
    env: { ...NO_REDUCER, ...env },
    stdin: "null",
  }).output();
  return { code, said: text(stdout) + text(stderr) };
}

/** A listener that keeps the first bytes of each connection, and ends it. */
interface Recorder extends AsyncDisposable {
  readonly port: number;
  readonly heads: readonly Buffer[];
}

async function startRecorder(): Promise<Recorder> {
  const heads: Buffer[] = [];
  const server = createServer((socket: Socket) => {
    socket.on("error", () => {});
    socket.once("data", (head: Buffer) => {
      heads.push(head);
      socket.destroy();
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new TypeError("Cannot tell the port");
  return {
    port: address.port,
    heads,
    [Symbol.asyncDispose]: async () => {
      server.close();
      await once(server, "close");
    },
  };
}

/** A kubeconfig that leads to `server` and trusts the authority of `trusted`, as a file. */
async function kubeconfigOf(server: { readonly url: string }, trusted: AccessReviews): Promise<string> {
  const config = JSON.parse(trusted.kubeconfig);
  config.clusters[0].cluster.server = server.url;
  const file = `${folder}/${crypto.randomUUID()}.kubeconfig`;
  await Deno.writeTextFile(file, JSON.stringify(config));
  return file;
}

/** Whether a program that leaves everything to the platform believes a server, by either of its two clients. */
async function isBelieved(url: string, env: Env): Promise<boolean> {
  const code = `
    import https from "node:https";
    const [url] = Deno.args;
    const byFetch = await fetch(url).then(() => true, () => false);
    const byNode = await new Promise((resolve) =>
      https.get(url, (answer) => resolve(answer.resume() !== undefined)).on("error", () => resolve(false)));
    console.log(byFetch || byNode);
    Deno.exit(0);`;
  const file = `${folder}/believing.mjs`;
  await Deno.writeTextFile(file, code);
  const args = ["run", "-A", "--quiet", "--no-config", file, url];
  const { stdout } = await new Deno.Command(Deno.execPath(), { args, env }).output();
  return text(stdout).trim() === "true";
}

for (
  const [names, variables] of [
    ["NODE_TLS_REJECT_UNAUTHORIZED", () => ({ NODE_TLS_REJECT_UNAUTHORIZED: "0" })],
    ["NODE_EXTRA_CA_CERTS", (file) => ({ NODE_EXTRA_CA_CERTS: file })],
    ["DENO_CERT", (file) => ({ DENO_CERT: file })],
    ["DENO_TLS_CA_STORE and SSL_CERT_FILE", (file) => ({ DENO_TLS_CA_STORE: "system", SSL_CERT_FILE: file })],
    ["NODE_USE_SYSTEM_CA and SSL_CERT_FILE", (file) => ({ NODE_USE_SYSTEM_CA: "1", SSL_CERT_FILE: file })],
  ] satisfies [string, (file: string) => Env][]
) {
  Deno.test(`${names} makes neither program accept an API server, nor the agent a client, of another authority`, async () => {
    await using trusted = await startAccessReviews({ decide: () => Boolean(1) });
    await using other = await startAccessReviews({ decide: () => Boolean(1) });
    const stranger = await makeAuthority("Other clients");
    const authorities = `${folder}/${crypto.randomUUID()}.crt`;
    await Deno.writeTextFile(authorities, other.caPem + stranger.certPem);
    const env = variables(authorities);
    assert.ok(await isBelieved(other.url, env), "the variable does what it is known for");

    const kubeconfig = await kubeconfigOf(other, trusted);
    await using rig = await run(env, { kubeconfig });
    assert.equal(await listed(rig), "UNAVAILABLE");
    assert.deepEqual(other.reviews, []);
    const { certPem: cert, keyPem: key } = await issue(stranger, { commonName: "test-proxy", usages: ["client"] });
    assert.equal((await shakeHands(rig.agent.port, { cert, key, ca: rig.authority.certPem })).server, undefined);
    const { certPem, keyPem } = rig.leaf;
    const own = { cert: certPem, key: keyPem, ca: rig.authority.certPem };
    assert.equal((await shakeHands(rig.agent.port, own)).server, "agent", "its own client is let in");

    await using collector = collect({ ...env, KUBECONFIG: kubeconfig });
    await collector.until("Cannot reach the API server");
  });
}

Deno.test("NODE_OPTIONS neither takes TLS 1.3 from requests to the API server, nor adds TLS 1.1", async () => {
  await using recorder = await startRecorder();
  await using trusted = await startAccessReviews({ decide: () => Boolean(1) });
  const kubeconfig = await kubeconfigOf({ url: `https://127.0.0.1:${recorder.port}` }, trusted);
  for (const options of ["--tls-max-v1.2", "--tls-min-v1.0"]) {
    const before = recorder.heads.length;
    await using rig = await run({ NODE_OPTIONS: options }, { kubeconfig });
    assert.equal(await listed(rig), "UNAVAILABLE");
    const hellos = recorder.heads.slice(before);
    assert.ok(hellos.length > 0);
    for (const hello of hellos) assert.deepEqual(offeredVersions(hello), [0x0304, 0x0303], options);
  }
});

/** The versions that a client offers in its first message, by the extension 43. */
function offeredVersions(hello: Buffer): readonly number[] {
  // Record and handshake header, version, random; then session, cipher suites, compression methods, with their lengths.
  let at = 5 + 4 + 2 + 32;
  at += 1 + hello.readUInt8(at);
  at += 2 + hello.readUInt16BE(at);
  at += 1 + hello.readUInt8(at) + 2;
  while (at < hello.length) {
    const [kind, length] = [hello.readUInt16BE(at), hello.readUInt16BE(at + 2)];
    if (kind === 43) {
      return Array.from({ length: hello.readUInt8(at + 4) / 2 }, (_, index) => hello.readUInt16BE(at + 5 + 2 * index));
    }
    at += 4 + length;
  }
  return [];
}

Deno.test("NODE_USE_ENV_PROXY and HTTPS_PROXY send no review through a proxy", async () => {
  await using proxy = await startRecorder();
  const url = `http://127.0.0.1:${proxy.port}`;
  const variables = Object.fromEntries(
    ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy", "grpc_proxy"].map((name) =>
      [name, url] as const
    ),
  );
  const env = { NODE_USE_ENV_PROXY: "1", NODE_OPTIONS: "--use-env-proxy", DENO_NO_UPDATE_CHECK: "1", ...variables };
  await using rig = await run(env);
  assert.equal(await listed(rig), "OK");
  assert.equal(rig.reviews.reviews.length, 1);
  await using collector = collect({ ...env, KUBECONFIG: await kubeconfigOf(rig.reviews, rig.reviews) });
  // It has reached the API server, which serves no pods, and asks nobody else.
  await collector.until("the API server answered 404");
  assert.deepEqual(proxy.heads.map(String), []);
});

Deno.test("DENO_SERVE_ADDRESS neither moves nor doubles the address of metrics", async () => {
  for (const address of ["tcp:127.0.0.1:0", "duplicate,tcp:127.0.0.1:0", `duplicate,unix:${folder}/socket`]) {
    await using rig = await run({ DENO_SERVE_ADDRESS: address }, { settings: { metrics: { addr: "127.0.0.1:0" } } });
    const url = metricsUrl(rig.agent.log);
    assert.equal((await probe(url, "/livez")).status, 200);
    const ports = (await listeningPorts(rig.agent.pid)).filter((port) => port !== INSPECTOR_PORT);
    assert.deepEqual(ports.toSorted(), [rig.agent.port, Number(new URL(url).port)].toSorted(), address);
    await using collector = collect({ DENO_SERVE_ADDRESS: address, K8S_COLLECTOR_METRICS_ADDR: "127.0.0.1:0" }, [
      "--local-test",
    ]);
    await collector.until("Serving metrics and probes");
    const own = (await listeningPorts(collector.pid)).filter((port) => port !== INSPECTOR_PORT);
    assert.equal(`http://127.0.0.1:${own.join()}`, metricsUrl(collector.log), address);
  }
});

Deno.test("SSLKEYLOGFILE gets no key of either side, and a file that cannot be made keeps nobody from starting", async () => {
  const file = `${folder}/keys`;
  {
    await using rig = await run({ SSLKEYLOGFILE: file });
    assert.equal(await listed(rig), "OK");
  }
  // The runtime makes it, although nothing may be written.
  assert.equal(await Deno.readTextFile(file), "");
  // Nobody can make a file there, as on a root that is read-only.
  await using rig = await run({ SSLKEYLOGFILE: "/proc/keys" });
  assert.equal(await listed(rig), "OK");
});

for (const options of ["--inspect=127.0.0.1:0", "--title=x --inspect=127.0.0.1:0"]) {
  Deno.test(`a program with a debugger by NODE_OPTIONS (${options}) does not start`, async () => {
    for (const command of bothCommands()) {
      const { code, said } = await refusal(command, { NODE_OPTIONS: options });
      assert.equal(code, 1, said);
      assert.match(said, /^Debugger listening/m, "the runtime opens it before the program can say no");
      assert.match(said, /^Error: Cannot start with "--inspect" in NODE_OPTIONS: it opens a debugger/m);
    }
  });
}

Deno.test("a program with another file by NODE_OPTIONS does not start, though the runtime has run that file", async () => {
  const file = `${folder}/first.cjs`;
  await Deno.writeTextFile(file, `console.log("first: " + Deno.permissions.querySync({ name: "write" }).state);`);
  for (const command of bothCommands()) {
    const { code, said } = await refusal(command, { NODE_OPTIONS: `-r ${file}` });
    assert.equal(code, 1, said);
    assert.match(said, /^first: (prompt|denied)$/m, "with no more permissions than the program has");
    assert.match(said, /^Error: Cannot start with "-r" in NODE_OPTIONS: /m);
  }
});

Deno.test("NODE_DEBUG, which would write tokens to the log, keeps both programs from starting", async () => {
  for (const value of ["*", "http", "tls,net"]) {
    for (const command of bothCommands()) {
      const { code, said } = await refusal(command, { NODE_DEBUG: value });
      assert.equal(code, 1, said);
      assert.match(said, /^Error: Cannot start with "\w+" in NODE_DEBUG: it writes tokens to the log$/m);
    }
  }
});

Deno.test("the check of an agent that would not start for NODE_OPTIONS or NODE_DEBUG fails, and goes no further", async () => {
  const command = [...imageCommand(bundle.file, []), "check", "--config=/none"];
  for (const env of [{ NODE_DEBUG: "tls" }, { NODE_OPTIONS: "--require=/none" }]) {
    const { code, said } = await refusal(command, env);
    assert.equal(code, 1, said);
    assert.match(said, /environment.*Cannot start with/);
    assert.doesNotMatch(said, /configuration/);
  }
});

Deno.test("OTEL_* without traces compiled in export nothing, and values that nobody knows do nothing", async () => {
  await using receiver = await startRecorder();
  await using rig = await run({
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${receiver.port}`,
    OTEL_TRACES_SAMPLER: "nonsense",
    OTEL_EXPORTER_OTLP_PROTOCOL: "nonsense",
    OTEL_EXPORTER_OTLP_CERTIFICATE: "/etc/shadow",
  });
  assert.equal(await listed(rig), "OK");
  assert.equal(await rig.agent.terminate(), 0);
  assert.deepEqual(receiver.heads.map(String), []);
  assert.deepEqual(foreignLines(rig.agent), []);
});

/** What the image is compiled with; `deno run` takes it from the environment. */
const TRACES: Env = { OTEL_DENO: "true", OTEL_DENO_METRICS: "false", OTEL_DENO_CONSOLE: "ignore" };

Deno.test("OTEL_* with traces compiled in and the image's sampler export nothing", async () => {
  await using receiver = await startRecorder();
  const endpoint = `http://127.0.0.1:${receiver.port}`;
  await using rig = await run({ ...TRACES, OTEL_TRACES_SAMPLER: "always_off", OTEL_EXPORTER_OTLP_ENDPOINT: endpoint });
  assert.equal(await listed(rig), "OK");
  assert.equal(await rig.agent.terminate(), 0);
  assert.deepEqual(receiver.heads.map(String), []);
});

for (
  const [name, value] of Object.entries({
    OTEL_TRACES_SAMPLER: "nonsense",
    OTEL_EXPORTER_OTLP_PROTOCOL: "nonsense",
    OTEL_EXPORTER_OTLP_CERTIFICATE: "/none",
    DENO_V8_FLAGS: "--nonsense",
    NODE_CHANNEL_FD: "99",
    DENO_PERMISSION_BROKER_PATH: "/none",
  })
) {
  Deno.test(`${name} of a value that cannot be used ends a program before it starts`, async () => {
    // V8 flags of the command line count before those of the environment.
    const command = imageCommand(bundle.file, [folder]).filter((word) => !word.startsWith("--v8-flags"));
    const { code, said } = await refusal(command, { ...TRACES, OTEL_TRACES_SAMPLER: "always_off", [name]: value });
    assert.notEqual(code, 0, said);
    assert.doesNotMatch(said, /--config/, "the program itself would ask for its configuration");
  });
}

Deno.test("DENO_INTERNAL_CHILD_ENTRYPOINT runs no file in place of a bundle", async () => {
  const file = `${folder}/instead.mjs`;
  await Deno.writeTextFile(file, `console.log("instead");`);
  await using rig = await run({ DENO_INTERNAL_CHILD_ENTRYPOINT: file });
  assert.equal(await listed(rig), "OK");
  assert.deepEqual(foreignLines(rig.agent), []);
});

Deno.test("GRPC_* and what else its library reads has no effect on the agent", async () => {
  await using rig = await run({
    GRPC_TRACE: "all",
    GRPC_NODE_TRACE: "all",
    GRPC_VERBOSITY: "DEBUG",
    GRPC_NODE_VERBOSITY: "DEBUG",
    GRPC_SSL_CIPHER_SUITES: "NULL",
    GRPC_DEFAULT_SSL_ROOTS_FILE_PATH: "/none",
    LOG_STREAM: "1",
    LOG_TOKENS: "1",
  });
  assert.equal(await listed(rig), "OK");
  assert.equal(await rig.agent.terminate(), 0);
  assert.deepEqual(foreignLines(rig.agent), []);
});
