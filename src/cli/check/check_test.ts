import assert from "#assert";
import { issue, type Leaf, makeAuthority } from "../../../tests/fakes/certificates.ts";
import {
  type FakeApiServer,
  type Reply,
  type SeenRequest,
  startFakeApiServer,
} from "../../../tests/fakes/fake_api_server.ts";
import { createLogTree, type LogTree } from "../../../tests/fakes/log_tree.ts";
import { type CertificateFiles, makeCertificateFiles } from "../../../tests/support/certificate_files.ts";
import { runWithoutRights } from "../../../tests/support/without_rights.ts";
import { check } from "./check.ts";
import type { CheckCommand } from "./check_flags.ts";

const DAY_MS = 86_400_000;
const TOKEN = "agent-token-that-nobody-may-see";

/** Everything that an agent needs, and it is in order. */
interface Rig extends AsyncDisposable {
  readonly files: CertificateFiles;
  readonly tree: LogTree;
  readonly kube: FakeApiServer;
  /** The setting file's content; changes count at the next check. */
  readonly settings: Record<string, Record<string, unknown> | unknown>;
  /** Checks, with other options; returns the exit code and the lines. */
  check(options?: Partial<CheckCommand>, change?: Change): Promise<{ readonly code: number; readonly lines: string[] }>;
}

interface Change {
  readonly env?: Readonly<Record<string, string>>;
  readonly nowMs?: number;
  readonly requestLimitMs?: number;
  /** The authorities that the kubeconfig names. */
  readonly kubeCa?: string;
}

const fine = ({ method }: SeenRequest): Reply =>
  method === "GET" ? { status: 200, body: '{"gitVersion": "v1.35.4"}' } : { review: { allowed: false } };

async function rig(answer: (request: SeenRequest) => Reply = fine): Promise<Rig> {
  const stack = new AsyncDisposableStack();
  const files = stack.use(await makeCertificateFiles());
  const tree = await createLogTree(files.folder);
  for (const pod of ["a", "b"]) await tree.addCri({ namespace: "shop", pod, container: "app" });
  const kube = stack.use(await startFakeApiServer({ answer }));
  const settings: Rig["settings"] = {
    "addr": "127.0.0.1:0",
    "container-logs-dir": tree.containersDir,
    "log-roots": [tree.containersDir, tree.podsDir, tree.dockerDir],
    "tls": {
      "cert-file": files.certFile,
      "key-file": files.keyFile,
      "ca-file": files.caFile,
      "allowed-names": ["proxy"],
    },
  };
  return {
    files,
    tree,
    kube,
    settings,
    check: async (options = {}, { env = {}, nowMs, requestLimitMs, kubeCa = kube.authority.certPem } = {}) => {
      const config = `${files.folder}/agent.json`;
      const kubeconfig = `${files.folder}/kubeconfig`;
      await Deno.writeTextFile(config, JSON.stringify(settings));
      await Deno.writeTextFile(kubeconfig, kubeconfigText(kube.port, kubeCa));
      let out = "";
      const variables: Readonly<Record<string, string>> = { NODE_NAME: "node-1", KUBECONFIG: kubeconfig, ...env };
      const code = await check({ ...COMMAND, config, ...options }, {
        write: (text) => out += text,
        env: (name) => variables[name],
        ...(nowMs === undefined ? {} : { now: () => nowMs }),
        ...(requestLimitMs === undefined ? {} : { requestLimitMs }),
      });
      assert.ok(!out.includes(TOKEN) && !out.includes("PRIVATE KEY"), "no secret is printed");
      return { code, lines: out.replaceAll(`${files.folder}/`, "").trimEnd().split("\n") };
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

const COMMAND: CheckCommand = {
  kind: "check",
  config: "",
  addr: undefined,
  params: [],
  serverName: undefined,
  isJson: Boolean(0),
  isStrict: Boolean(0),
};
const json: Partial<CheckCommand> = { isJson: Boolean(1) };
const strict: Partial<CheckCommand> = { isStrict: Boolean(1) };

function kubeconfigText(port: number, ca: string): string {
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    "current-context": "it",
    clusters: [{
      name: "it",
      cluster: { server: `https://127.0.0.1:${port}`, "certificate-authority-data": btoa(ca) },
    }],
    users: [{ name: "it", user: { token: TOKEN } }],
    contexts: [{ name: "it", context: { cluster: "it", user: "it" } }],
  });
}

/** The lines of one check, without its name. */
function of(lines: readonly string[], check: string): string[] {
  return lines.filter((line) => line.slice(6).startsWith(`${check} `)).map((line) =>
    `${line.slice(0, 4).trimEnd()}: ${line.slice(6 + Math.max(20, check.length) + 2)}`
  );
}

/** The lines that are not in order. */
const bad = (lines: readonly string[]): readonly string[] => lines.filter((line) => !line.startsWith("ok "));

Deno.test("check prints one line for each thing that is in order, and ends with 0", async () => {
  await using it = await rig();
  const { code, lines } = await it.check();
  assert.equal(code, 0);
  assert.deepEqual(bad(lines), []);
  const [configuration = ""] = of(lines, "configuration");
  assert.match(
    configuration,
    /^ok: file agent.json, addr 127.0.0.1:0, container-logs-dir var\/log\/containers, .*info/,
  );
  assert.deepEqual(of(lines, "allowed names"), ["ok: only clients named proxy may forward identities"]);
  assert.deepEqual(of(lines, "allowed namespaces"), ["ok: no limit: logs of every namespace that the caller may see"]);
  assert.match(
    of(lines, "server certificate").join(),
    /^ok: subject O=.*, CN=test-server, issuer .*CN=Test authority, from 20.*Z to 20.*Z, \d+ days left, for localhost, 127\.0\.0\.1, its key fits$/,
  );
  assert.match(of(lines, "client authority").join(), /^ok: subject .*CN=Test authority, .* days left$/);
  assert.match(of(lines, "logs").join(), /^ok: var\/log\/containers: 2 logs, 2 can be read by user \d+/);
  assert.deepEqual(of(lines, "node name"), ["ok: node-1"]);
  assert.match(
    of(lines, "API server's address").join(),
    /^ok: https:\/\/127\.0\.0\.1:\d+\/, from KUBECONFIG|^ok: https/,
  );
  const [answers, clock] = of(lines, "API server");
  assert.equal(answers, "ok: answers, version v1.35.4");
  assert.match(clock ?? "", /^ok: clock: within \d+ s of this node's$/);
  assert.deepEqual(of(lines, "access reviews"), ["ok: the agent may review access"]);
  assert.deepEqual(of(lines, "address"), ["ok: 127.0.0.1:0 is free"]);
  assert.deepEqual(of(lines, "metrics address"), ["ok: none: no metrics, and no probes by HTTP"]);
  // A real review, of a user that nobody is.
  const [, review] = it.kube.seen;
  assert.deepEqual([review?.method, review?.path, review?.body], [
    "POST",
    "/apis/authorization.k8s.io/v1/subjectaccessreviews",
    {
      apiVersion: "authorization.k8s.io/v1",
      kind: "SubjectAccessReview",
      spec: {
        user: "cluster-agent:check",
        resourceAttributes: { namespace: "default", verb: "get", resource: "pods", subresource: "log" },
      },
    },
  ]);
  assert.equal(it.kube.seen.length, 2);
});

Deno.test("check --json prints one object with the same, in fields", async () => {
  await using it = await rig();
  it.settings["tls"] = { ...it.settings["tls"] as Record<string, unknown>, "allowed-names": [] };
  const { code, lines } = await it.check(json);
  assert.equal(code, 0);
  assert.equal(lines.length, 1);
  const { result, checks } = JSON.parse(lines[0] ?? "") as { result: string; checks: Record<string, unknown>[] };
  assert.equal(result, "warn");
  const found = (check: string): Record<string, unknown> => checks.find((it) => it["check"] === check) ?? {};
  assert.deepEqual([found("logs")["logs"], found("logs")["readable"]], [2, 2]);
  assert.equal(found("allowed names")["result"], "warn");
  const { subject, names, daysLeft, keyFits } = found("server certificate");
  assert.deepEqual([subject, names, daysLeft, keyFits], [
    "O=Node log agent, CN=test-server",
    ["localhost", "127.0.0.1"],
    29,
    true,
  ]);
  assert.equal((await it.check({ ...json, ...strict })).code, 1);
});

Deno.test("empty allowed-names are told loudly; a warning fails only with --strict", async () => {
  await using it = await rig();
  it.settings["tls"] = { ...it.settings["tls"] as Record<string, unknown>, "allowed-names": [] };
  const { code, lines } = await it.check();
  assert.equal(code, 0);
  assert.deepEqual(bad(lines), [
    "warn  allowed names         tls.allowed-names is EMPTY: EVERY client with ANY certificate of an authority of " +
    "tls.ca-file may act as ANY user",
  ]);
  assert.equal((await it.check(strict)).code, 1);
  it.settings["authorization"] = { mode: "token" };
  const token = await it.check(strict);
  assert.equal(token.code, 0, token.lines.join("\n"));
  assert.match(
    of(token.lines, "allowed names").join(),
    /^ok: every client with a certificate of an authority of tls\.ca-file/,
  );
  assert.match(of(token.lines, "access reviews").join(), /^ok: callers' tokens are reviewed with their own rights/);
});

Deno.test("a configuration that cannot be used is all that is told", async () => {
  await using it = await rig();
  it.settings["allowed-namespace"] = ["a"];
  const { code, lines } = await it.check();
  assert.equal(code, 1);
  assert.deepEqual(lines, [
    'fail  configuration         Cannot use configuration file "agent.json": "allowed-namespace" is no setting, ' +
    "did you mean allowed-namespaces?",
  ]);
  delete it.settings["allowed-namespace"];
  assert.equal((await it.check({ addr: "here" })).code, 1);
  assert.equal((await it.check({ params: ["limits.connections:0"] })).code, 1);
  it.settings["futurity"] = 1;
  const unknown = await it.check();
  assert.equal(unknown.code, 0);
  assert.match(bad(unknown.lines).join(), /^warn {2}configuration +Ignoring unknown configuration keys: futurity$/);
});

for (
  const [what, leafOf, result, message] of [
    [
      "has expired",
      { notBefore: -9, notAfter: -1 },
      "fail",
      /^Cannot use "server\.crt": the certificate of O=.*, CN=agent has expired at 20.*Z, it is 20.*Z now; subject/,
    ],
    ["does not hold yet", { notBefore: 1, notAfter: 9 }, "fail", /CN=agent does not hold before 20/],
    ["expires soon", { notAfter: 5 }, "warn", /^expires soon: subject .*, 4 days left/],
    ["is not for servers", { usages: ["client"] }, "fail", /^its extended key usage lacks serverAuth; subject/],
    ["has no name", { names: [] }, "fail", /^it has no subject alternative name.*, for no name/],
    [
      "is for another name",
      { names: ["other", "*.agent.example"] },
      "fail",
      /^it is not for agent\.example; subject .*, for other,/,
    ],
    ["is for the name", { names: ["Agent.Example"] }, "ok", /^subject .*, for Agent\.Example, its key fits$/],
    ["is for all names below", { names: ["*.example"] }, "ok", /^subject .*, for \*\.example, its key fits$/],
  ] as const
) {
  Deno.test(`check tells of a server's certificate that ${what}`, async () => {
    await using it = await rig();
    const { notBefore = -10, notAfter = 30, usages = ["server"], names = ["agent.example"] }: {
      notBefore?: number;
      notAfter?: number;
      usages?: readonly ("server" | "client")[];
      names?: readonly string[];
    } = leafOf;
    const at = (days: number): Date => new Date(Date.now() + days * DAY_MS - 60_000);
    const leaf = await issue(it.files.authority, {
      commonName: "agent",
      names,
      usages,
      notBefore: at(notBefore),
      notAfter: at(notAfter),
    });
    await write(it.files, leaf);
    const { code, lines } = await it.check({ serverName: "agent.example" });
    assert.equal(code, result === "fail" ? 1 : 0);
    const [line = ""] = of(lines, "server certificate");
    assert.ok(line.startsWith(`${result}: `), line);
    assert.match(line.slice(result.length + 2), message);
  });
}

async function write({ certFile, keyFile }: CertificateFiles, { certPem, keyPem }: Leaf): Promise<void> {
  await Deno.writeTextFile(certFile, certPem);
  await Deno.writeTextFile(keyFile, keyPem);
}

Deno.test("check tells of a key that does not fit, a file that is missing, and authorities that do not hold or sign", async () => {
  await using it = await rig();
  const other = await issue(it.files.authority, { commonName: "other", usages: ["server"] });
  await Deno.writeTextFile(it.files.keyFile, other.keyPem);
  const expired = await makeAuthority("Old authority", {
    notBefore: new Date(Date.now() - 9 * DAY_MS),
    notAfter: new Date(Date.now() - DAY_MS),
  });
  await Deno.writeTextFile(it.files.caFile, expired.certPem);
  const wrong = await it.check();
  assert.equal(wrong.code, 1);
  assert.deepEqual(of(wrong.lines, "server certificate"), [
    'fail: Cannot use key file "server.key": it does not belong to the certificate in "server.crt"',
  ]);
  assert.match(of(wrong.lines, "client authority").join(), /^fail: .*CN=Old authority has expired at/);
  await Deno.writeTextFile(it.files.caFile, expired.certPem + it.files.authority.certPem + other.certPem);
  await Deno.remove(it.files.keyFile);
  const { lines } = await it.check();
  assert.match(of(lines, "server certificate").join(), /^fail: Cannot read key file "server\.key": No such file/);
  const [old = "", good = "", leaf = ""] = of(lines, "client authority");
  assert.match(old, /^warn: .*CN=Old authority has expired at/);
  assert.match(good, /^ok: /);
  assert.match(leaf, /^warn: it is no authority, and signs nobody: /);
});

Deno.test("check counts logs, and tells which cannot be read and why", async () => {
  await using it = await rig();
  const { tree } = it;
  await Deno.symlink(`${tree.podsDir}/gone`, `${tree.containersDir}/c_shop_app-1.log`);
  const dangling = await it.check();
  assert.equal(dangling.code, 0);
  assert.match(
    of(dangling.lines, "logs").join(),
    /^warn: .*: 3 logs, 2 can be read.*,ok: unreadable: 1, file: .*ENOENT/,
  );
  it.settings["log-roots"] = [tree.containersDir];
  const outside = await it.check();
  assert.equal(outside.code, 1);
  assert.match(
    of(outside.lines, "logs").join(),
    /^fail: .*: 3 logs, 0 can be read.*advice: Add the folder of the link's target to log-roots/,
  );
  await Deno.remove(tree.containersDir, { recursive: true });
  const missing = await it.check();
  assert.equal(missing.code, 1);
  assert.match(of(missing.lines, "logs").join(), /^fail: file: var\/log\/containers, reason: ENOENT, advice: Mount/);
  await Deno.mkdir(tree.containersDir);
  assert.match(of((await it.check()).lines, "logs").join(), /^warn: .*: 0 logs, 0 can be read/);
});

const isRoot = Deno.uid() === 0;
Deno.test({
  name: `check names the barrier, the process and the cure${isRoot ? "" : " (ignored: only root can make such files)"}`,
  ignore: !isRoot,
  fn: async () => {
    await using it = await rig();
    await Deno.chmod(it.files.folder, 0o755);
    await Deno.chmod(it.tree.podsDir, 0o750);
    const module = (name: string): string => JSON.stringify(import.meta.resolve(name));
    const out = await runWithoutRights(
      `
      import { checkLogs } from ${module("./logs_step.ts")};
      import { Report } from ${module("./report.ts")};
      dropRights();
      await checkLogs(new Report((finding) => console.log(finding.result, finding.message)), ${
        JSON.stringify({ containerLogsDir: it.tree.containersDir, logRoots: [it.tree.containersDir, it.tree.podsDir] })
      });`,
      { uid: 1000 },
    );
    assert.match(
      out,
      /^fail .*: 2 logs, 0 can be read by user 1000, group 1000\nfail unreadable: 2, .*reason: EACCES, barrier: .*\/pods, mode 0750, owner 0:0, runsAs: user 1000, group 1000, advice: Run with group 0: runAsGroup: 0,/,
    );
  },
});

/** Long enough for a request that is answered; one that is not ends by the time that a case has. */
const ANSWERED_MS = 60_000;

for (
  const [what, answer, expected, requestLimitMs = ANSWERED_MS] of [
    ["does not know the agent", () => ({ status: 401, body: "{}" }), [
      /^fail {2}API server +the API server does not know the agent's credentials: it answers 401$/,
    ]],
    ["fails", () => ({ status: 500, body: "{}" }), [
      /^fail {2}API server +the API server answers 500 to a request for its version$/,
    ]],
    ["hangs", () => "hang", [
      /^fail {2}API server +Cannot reach the API server: no answer within 200 ms$/,
    ], 200],
    ["hides its version and refuses reviews", () => ({ status: 403, body: "{}" }), [
      /^fail {2}access reviews +Cannot review access: the API server answered 403; the agent's service account needs create subjectaccessreviews/,
    ]],
    ["hangs at reviews", (request) => request.method === "GET" ? fine(request) : "hang", [
      /^fail {2}access reviews +Cannot complete access review: no answer within 4000 ms$/,
    ], 4_000],
    ["answers reviews with something else", ({ method }) => ({ status: method === "GET" ? 200 : 201, body: "[]" }), [
      /^fail {2}access reviews +Cannot review access: the answer is not an access review$/,
    ]],
    ["lets everybody read", (request) => request.method === "GET" ? fine(request) : { review: { allowed: true } }, [
      /^warn {2}access reviews +the agent may review access; but cluster-agent:check, a user that nobody is, may read/,
    ]],
    [
      "has another clock",
      ({ method }) =>
        method === "POST" ? { review: { allowed: false } } : {
          status: 200,
          body: "{}",
          headers: { date: new Date(Date.now() - 90_000).toUTCString() },
        },
      [/^warn {2}API server +clock: this node's is \d+ s ahead of the API server's$/],
    ],
  ] as const satisfies readonly (readonly [string, (request: SeenRequest) => Reply, readonly RegExp[], number?])[]
) {
  Deno.test(`check tells of an API server that ${what}`, async () => {
    await using it = await rig(answer);
    const { code, lines } = await it.check({}, { requestLimitMs });
    const found = bad(lines);
    assert.equal(found.length, expected.length, lines.join("\n"));
    for (const [index, pattern] of expected.entries()) assert.match(found[index] ?? "", pattern);
    assert.equal(code, found.some((line) => line.startsWith("fail")) ? 1 : 0);
  });
}

Deno.test("check tells of an API server that cannot be reached, is not trusted, or is not configured", async () => {
  await using it = await rig();
  const other = await makeAuthority("Another authority");
  const distrusted = await it.check({}, { kubeCa: other.certPem });
  assert.match(
    bad(distrusted.lines).join("|"),
    /^fail {2}API server +Cannot reach the API server: [^|]*(UnknownIssuer|certificate)[^|]*$/,
  );
  assert.equal(distrusted.code, 1);
  const none = await it.check({}, { env: { KUBECONFIG: `${it.files.folder}/none` } });
  assert.match(bad(none.lines).join("|"), /^fail {2}API server's address {2}unable to infer k8s config: [^|]*$/);
  await it.kube.stop();
  const stopped = await it.check();
  assert.match(
    bad(stopped.lines).join("|"),
    /^fail {2}API server +Cannot reach the API server: [^|]*ECONNREFUSED[^|]*$/,
  );
});

Deno.test("check tells of addresses that are in use, of two that are one, and of one that nobody has", async () => {
  await using it = await rig();
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = taken.addr as Deno.NetAddr;
  it.settings["addr"] = `127.0.0.1:${port}`;
  const used = await it.check();
  assert.equal(used.code, 0);
  assert.deepEqual(bad(used.lines), [
    `warn  address               127.0.0.1:${port} is in use, by an agent that runs here or by another program`,
  ]);
  it.settings["metrics"] = { addr: `:${port}` };
  const same = await it.check();
  assert.equal(same.code, 1);
  assert.match(of(same.lines, "metrics address").join(), /^fail: metrics\.addr .* is taken by addr /);
  it.settings["metrics"] = { addr: "203.0.113.1:9464" };
  assert.match(of((await it.check()).lines, "metrics address").join(), /^fail: Cannot listen on 203\.0\.113\.1:9464: /);
});

Deno.test("a node without a name is warned of", async () => {
  await using it = await rig();
  const { lines } = await it.check({}, { env: { NODE_NAME: undefined as unknown as string } });
  assert.deepEqual(of(lines, "node name"), ["warn: NODE_NAME is not set: lists have no name of the node"]);
});
