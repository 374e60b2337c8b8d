import assert from "#assert";
import { join } from "node:path";
import { issue, makeAuthority } from "../../tests/fakes/certificates.ts";
import { inTime } from "../../tests/support/in_time.ts";
import { eventually } from "../../tests/support/eventually.ts";
import type { CredentialsOptions } from "./credentials.ts";
import { loadKubeConfig } from "./config.ts";
import { KubeConfigError } from "./errors.ts";

const authority = await makeAuthority("kube authority");
const leaf = await issue(authority, { commonName: "agent", usages: ["client"] });
const base64 = (text: string): string => btoa(text);
const good = { server: "https://localhost:1", "certificate-authority-data": base64(authority.certPem) };

interface Workplace extends AsyncDisposable {
  readonly path: string;
  write(name: string, content: unknown): Promise<string>;
}

async function workplace(): Promise<Workplace> {
  const path = await Deno.makeTempDir();
  return {
    path,
    write: async (name, content) => {
      const file = join(path, name);
      await Deno.mkdir(join(file, ".."), { recursive: true });
      await Deno.writeTextFile(file, typeof content === "string" ? content : JSON.stringify(content));
      return file;
    },
    [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }),
  };
}

function kubeconfig(cluster: unknown, user: unknown, name = "it"): Record<string, unknown> {
  return {
    apiVersion: "v1",
    kind: "Config",
    "current-context": name,
    clusters: [{ name, cluster }],
    users: [{ name, user }],
    contexts: [{ name, context: { cluster: name, user: name } }],
  };
}

const envOf = (values: Record<string, string>): (name: string) => string | undefined => (name) => values[name];
const refuseSkip = (notice: string): never => {
  throw new Error(`not to be skipped: ${notice}`);
};
const nowhere = "/nowhere/serviceaccount";

Deno.test("loadKubeConfig() reads server, authority and token from YAML in the file that KUBECONFIG names", async () => {
  await using place = await workplace();
  const path = await place.write(
    "config.yaml",
    `apiVersion: v1
kind: Config
current-context: t
clusters:
- name: t
  cluster:
    server: https://127.0.0.1:6443
    certificate-authority-data: ${base64(authority.certPem)}
users:
- name: t
  user:
    token: agent-token
contexts:
- name: t
  context:
    cluster: t
    user: t
`,
  );
  const config = await loadKubeConfig({ env: envOf({ KUBECONFIG: path }), onSkip: refuseSkip });
  assert.equal(config.source, path);
  assert.equal(config.server.href, "https://127.0.0.1:6443/");
  assert.deepEqual(await config.credentials(), {
    ca: authority.certPem,
    serverName: undefined,
    verify: true,
    certificate: undefined,
    key: undefined,
    headers: { authorization: "Bearer agent-token" },
  });
});

Deno.test("loadKubeConfig() reads files beside the kubeconfig, and reads them again", async () => {
  await using place = await workplace();
  await place.write("ca.crt", authority.certPem);
  await place.write("agent.crt", leaf.certPem);
  await place.write("agent.key", leaf.keyPem);
  const path = await place.write(
    "config",
    kubeconfig(
      { server: "https://api.example/k8s/", "certificate-authority": "ca.crt", "tls-server-name": "kubernetes" },
      { "client-certificate": "agent.crt", "client-key": "agent.key" },
    ),
  );
  let clock = 0;
  const config = await loadKubeConfig({ env: envOf({ KUBECONFIG: path }), onSkip: refuseSkip, now: () => clock });
  assert.equal(config.server.href, "https://api.example/k8s");
  const before = await config.credentials();
  assert.deepEqual(
    { ...before },
    {
      ca: authority.certPem,
      serverName: "kubernetes",
      verify: true,
      certificate: leaf.certPem,
      key: leaf.keyPem,
      headers: {},
    },
  );
  const renewed = await issue(authority, { commonName: "agent", usages: ["client"] });
  await place.write("agent.crt", renewed.certPem);
  await place.write("agent.key", renewed.keyPem);
  clock = 1_000;
  assert.equal((await config.credentials()).certificate, renewed.certPem);
});

Deno.test("loadKubeConfig() takes certificate and key as data, and leave not to verify", async () => {
  await using place = await workplace();
  const path = await place.write(
    "config",
    kubeconfig({ server: "https://localhost:1", "insecure-skip-tls-verify": true }, {
      "client-certificate-data": base64(leaf.certPem),
      "client-key-data": base64(leaf.keyPem),
      "client-key": "/nowhere/loses",
      as: "somebody-else",
    }),
  );
  const config = await loadKubeConfig({ env: envOf({ KUBECONFIG: path }), onSkip: refuseSkip });
  assert.deepEqual(await config.credentials(), {
    ca: undefined,
    serverName: undefined,
    verify: false,
    certificate: leaf.certPem,
    key: leaf.keyPem,
    headers: { "impersonate-user": "somebody-else" },
  });
});

Deno.test("loadKubeConfig() reads a tokenFile, again when it changes", async () => {
  await using place = await workplace();
  await place.write("token", "first\n");
  const path = await place.write(
    "config",
    kubeconfig({ server: "https://localhost:1" }, { tokenFile: "token", token: "loses" }),
  );
  let clock = 0;
  const config = await loadKubeConfig({ env: envOf({ KUBECONFIG: path }), onSkip: refuseSkip, now: () => clock });
  assert.deepEqual((await config.credentials()).headers, { authorization: "Bearer first" });
  await place.write("token", "renewed");
  clock = 1_000;
  assert.deepEqual((await config.credentials()).headers, { authorization: "Bearer renewed" });
});

Deno.test("loadKubeConfig() takes name and password", async () => {
  await using place = await workplace();
  const path = await place.write(
    "config",
    kubeconfig({ server: "https://localhost:1" }, { username: "a", password: "b" }),
  );
  const config = await loadKubeConfig({ env: envOf({ KUBECONFIG: path }), onSkip: refuseSkip });
  assert.deepEqual((await config.credentials()).headers, { authorization: `Basic ${base64("a:b")}` });
});

Deno.test("loadKubeConfig() asks as nobody where the context names no user", async () => {
  await using place = await workplace();
  const contexts = [{ name: "it", context: { cluster: "it" } }];
  const path = await place.write("config", {
    ...kubeconfig({ server: "https://localhost:1" }, { token: "t" }),
    contexts,
  });
  const config = await loadKubeConfig({ env: envOf({ KUBECONFIG: path }), onSkip: refuseSkip });
  assert.deepEqual((await config.credentials()).headers, {});
});

Deno.test.each([
  { gives: "a token", status: { token: "plugged" }, shown: { authorization: "Bearer plugged" } },
  {
    gives: "a certificate",
    status: { clientCertificateData: leaf.certPem, clientKeyData: leaf.keyPem },
    shown: {},
  },
])("loadKubeConfig() runs a credential plug-in that gives $gives", async ({ status, shown }) => {
  await using place = await workplace();
  const apiVersion = "client.authentication.k8s.io/v1";
  const exec = { apiVersion, command: "echo", args: [JSON.stringify({ apiVersion, status })] };
  const path = await place.write("config", kubeconfig({ server: "https://localhost:1" }, { exec }));
  const config = await loadKubeConfig({ env: envOf({ KUBECONFIG: path }), onSkip: refuseSkip });
  const { headers, certificate, key } = await config.credentials();
  assert.deepEqual({ headers, certificate, key }, {
    headers: shown,
    certificate: status.clientCertificateData,
    key: status.clientKeyData,
  });
});

Deno.test("credentials() runs a plug-in again where what it gave is to be read anew", async () => {
  await using place = await workplace();
  const apiVersion = "client.authentication.k8s.io/v1";
  const given = async (token: string): Promise<string> =>
    await place.write("given", JSON.stringify({ apiVersion, status: { token } }));
  const exec = { apiVersion, command: "cat", args: [await given("one")] };
  const path = await place.write("config", kubeconfig({ server: "https://localhost:1" }, { exec }));
  const config = await loadKubeConfig({ env: envOf({ KUBECONFIG: path }), onSkip: refuseSkip });
  const shown = async (options?: CredentialsOptions): Promise<unknown> =>
    (await config.credentials(options)).headers["authorization"];
  assert.equal(await shown(), "Bearer one");
  await given("two");
  assert.deepEqual([await shown(), await shown({ fresh: true }), await shown()], [
    "Bearer one",
    "Bearer two",
    "Bearer two",
  ]);
});

for (
  const [what, script] of [
    ["itself", 'echo "$$" > "$1"; exec sleep 600'],
    ["by what it has started", 'sleep 600 & echo "$!" > "$1"; wait'],
    ["though what it has started left its group", 'setsid sh -c \'echo "$$" > "$0"; exec sleep 600\' "$1"; true'],
  ] as const
) {
  Deno.test(`a credential plug-in that hangs ${what} is killed, and the message says so`, async () => {
    await using place = await workplace();
    const pidFile = `${place.path}/pid`;
    const exec = { apiVersion: "client.authentication.k8s.io/v1", command: "sh", args: ["-c", script, "sh", pidFile] };
    const path = await place.write("config", kubeconfig({ server: "https://localhost:1" }, { exec }));
    const loaded = loadKubeConfig({ env: envOf({ KUBECONFIG: path }), onSkip: refuseSkip, plugInMs: 2_000 });
    const failed = loaded.then(() => assert.fail("it was loaded"), (error: unknown) => error);
    const error = await inTime(() => "the plug-in is given up", failed);
    assert.match(String(error), /Cannot run credential plug-in "sh": it has not ended within 2 s$/);
    const pid = Number(await Deno.readTextFile(pidFile));
    const hasLeft = script.startsWith("setsid");
    try {
      const isAlive = async (): Promise<boolean> =>
        (await new Deno.Command("ps", { args: ["-o", "stat=", "-p", `${pid}`] }).output().then(({ stdout }) =>
          new TextDecoder().decode(stdout)
        )).trim().replace(/^Z.*/, "") !== "";
      if (hasLeft) assert.ok(await isAlive(), "what has left is not ours to kill");
      else await eventually("its process has gone", async () => !await isAlive(), { pauseMs: 20 });
    } finally {
      if (hasLeft) Deno.kill(pid, "SIGKILL");
    }
  });
}

Deno.test("loadKubeConfig() merges several files: the first to name something wins, missing ones are told", async () => {
  await using place = await workplace();
  const one = await place.write("one", kubeconfig({ server: "https://one:1" }, { token: "one" }, "shared"));
  const two = await place.write("two", {
    ...kubeconfig({ server: "https://two:1" }, { token: "two" }, "shared"),
    "current-context": "other",
  });
  const notices: string[] = [];
  const config = await loadKubeConfig({
    env: envOf({ KUBECONFIG: `${place.path}/missing:${one}::${two}` }),
    onSkip: (notice) => notices.push(notice),
  });
  assert.equal(config.server.href, "https://one:1/");
  assert.deepEqual((await config.credentials()).headers, { authorization: "Bearer one" });
  assert.equal(notices.length, 1);
  assert.match(notices[0] ?? "", /^Cannot use \/.*\/missing: /);
});

Deno.test("loadKubeConfig() fails on several files of which none is there, or one cannot be read", async () => {
  await using place = await workplace();
  const good = await place.write("good", kubeconfig({ server: "https://localhost:1" }, { token: "t" }));
  for (
    const [named, says] of [
      [`${place.path}/a:${place.path}/b`, /none of the files is there$/],
      [`${good}:${place.path}`, /Cannot use KUBECONFIG .*: Is a directory/],
    ] as const
  ) {
    const env = envOf({ KUBECONFIG: named });
    await assert.rejects(loadKubeConfig({ env, serviceAccountDir: nowhere, onSkip: () => {} }), { message: says });
  }
});

Deno.test("loadKubeConfig() finds the home folder's kubeconfig where KUBECONFIG is not set", async () => {
  await using place = await workplace();
  const path = await place.write(".kube/config", kubeconfig({ server: "https://home:1" }, { token: "t" }));
  const config = await loadKubeConfig({ env: envOf({ KUBECONFIG: "", HOME: place.path }), onSkip: refuseSkip });
  assert.equal(config.source, path);
  assert.equal(config.server.href, "https://home:1/");
});

Deno.test("loadKubeConfig() goes on where the home folder may not be known", async () => {
  await using place = await workplace();
  await place.write("ca.crt", authority.certPem);
  await place.write("token", "t");
  const config = await loadKubeConfig({
    env: (name) => {
      if (name === "HOME") throw new Deno.errors.NotCapable("no env access");
      return { KUBERNETES_SERVICE_HOST: "h", KUBERNETES_SERVICE_PORT: "1" }[name];
    },
    serviceAccountDir: place.path,
    onSkip: refuseSkip,
  });
  assert.equal(config.server.href, "https://h:1/");
});

Deno.test("loadKubeConfig() uses the mounted service account, and its token of the moment", async () => {
  await using place = await workplace();
  await place.write("ca.crt", authority.certPem);
  await place.write("token", "first\n");
  let clock = 0;
  const config = await loadKubeConfig({
    env: envOf({ HOME: place.path, KUBERNETES_SERVICE_HOST: "10.96.0.1", KUBERNETES_SERVICE_PORT: "443" }),
    serviceAccountDir: place.path,
    onSkip: refuseSkip,
    now: () => clock,
  });
  assert.equal(config.server.href, "https://10.96.0.1/");
  assert.deepEqual(await config.credentials(), {
    ca: authority.certPem,
    serverName: undefined,
    verify: true,
    certificate: undefined,
    key: undefined,
    headers: { authorization: "Bearer first" },
  });
  await place.write("token", "renewed");
  clock = 1_000;
  assert.deepEqual((await config.credentials()).headers, { authorization: "Bearer renewed" });
});

Deno.test("loadKubeConfig() writes an IPv6 address as a URL wants it", async () => {
  await using place = await workplace();
  await place.write("ca.crt", authority.certPem);
  await place.write("token", "t");
  const env = envOf({ KUBERNETES_SERVICE_HOST: "fd00::1", KUBERNETES_SERVICE_PORT: "6443" });
  const config = await loadKubeConfig({ env, serviceAccountDir: place.path, onSkip: refuseSkip });
  assert.equal(config.server.href, "https://[fd00::1]:6443/");
});

Deno.test("loadKubeConfig() takes nothing in place of what KUBECONFIG names", async () => {
  await using place = await workplace();
  await place.write("ca.crt", authority.certPem);
  await place.write("token", "of another cluster");
  await place.write(".kube/config", kubeconfig({ server: "https://home:1" }, { token: "t" }));
  const noCredential = await place.write("no-credential", kubeconfig(good, { tokenFile: "not-there" }));
  const blank = await place.write("blank", kubeconfig(good, { tokenFile: "blank-token" }));
  await place.write("blank-token", " \n");
  const noPlugIn = await place.write("no-plug-in", kubeconfig(good, { exec: { command: "no-such-plug-in" } }));
  const tooLong = await place.write("too-long", "");
  await Deno.truncate(tooLong, 2 ** 30);
  for (
    const [named, says] of [
      [tooLong, "it has 1073741824 bytes, at most 8388608 are allowed"],
      ["/nowhere/config", "No such file or directory"],
      [":", "none of the files is there"],
      [`${place.path}/a:${place.path}/b`, "none of the files is there"],
      [await place.write("empty", ""), "current-context is not set"],
      [await place.write("odd", kubeconfig({ server: "http://x" }, {})), "server must be https"],
      [noCredential, "not-there"],
      [blank, "blank-token is empty"],
      [noPlugIn, 'Cannot run credential plug-in "no-such-plug-in"'],
    ] as const
  ) {
    const env = envOf({
      KUBECONFIG: named,
      HOME: place.path,
      KUBERNETES_SERVICE_HOST: "h",
      KUBERNETES_SERVICE_PORT: "1",
    });
    await assert.rejects(loadKubeConfig({ env, serviceAccountDir: place.path, onSkip: () => {} }), (error: unknown) => {
      if (!(error instanceof KubeConfigError)) throw error;
      assert.match(error.message, /^unable to infer k8s config: Cannot use KUBECONFIG /);
      assert(error.message.includes(says), error.message);
      return true;
    });
  }
});

Deno.test("loadKubeConfig() goes on to the service account where the home folder's kubeconfig cannot be used, and says so", async () => {
  await using place = await workplace();
  await place.write("ca.crt", authority.certPem);
  await place.write("token", "t");
  await place.write(".kube/config", "");
  const notices: string[] = [];
  const config = await loadKubeConfig({
    env: envOf({ HOME: place.path, KUBERNETES_SERVICE_HOST: "h", KUBERNETES_SERVICE_PORT: "1" }),
    serviceAccountDir: place.path,
    onSkip: (notice) => notices.push(notice),
  });
  assert.equal(config.server.href, "https://h:1/");
  assert.equal(notices.length, 1);
  assert.match(notices[0] ?? "", /^Cannot use \/.*\/\.kube\/config: current-context is not set$/);
});

Deno.test("loadKubeConfig() fails with all that was tried", async () => {
  await using place = await workplace();
  await place.write(".kube/config", "");
  const env = envOf({ HOME: place.path });
  await assert.rejects(loadKubeConfig({ env, serviceAccountDir: nowhere, onSkip: refuseSkip }), (error: unknown) => {
    if (!(error instanceof KubeConfigError)) throw error;
    assert.match(error.message, /^unable to infer k8s config: Cannot use .*\/config: current-context is not set; /);
    assert.match(
      error.message,
      /; Cannot use the mounted service account: KUBERNETES_SERVICE_HOST and .* not set; outside of a pod, set KUBECONFIG$/,
    );
    return true;
  });
});

/** Entries that the current context does not lead to. */
const unused: readonly { name: string; more: Readonly<Record<string, unknown>> }[] = [
  { name: "a user with auth-provider", more: { users: [{ name: "x", user: { "auth-provider": { name: "gcp" } } }] } },
  { name: "a user with as-groups", more: { users: [{ name: "x", user: { as: "root", "as-groups": ["g"] } }] } },
  {
    name: "a user with a file that is not there",
    more: { users: [{ name: "x", user: { "token-file": "/nowhere" } }] },
  },
  { name: "a user that is text", more: { users: [{ name: "x", user: "text" }, "text", null, 42, []] } },
  { name: "a user whose name is a number", more: { users: [{ name: 42, user: {} }] } },
  { name: "a cluster without a server", more: { clusters: [{ name: "x", cluster: {} }] } },
  { name: "a cluster that is null", more: { clusters: [{ name: "x", cluster: null }, null] } },
  { name: "a cluster without a name", more: { clusters: [{ cluster: { server: "https://x" } }] } },
  { name: "a cluster with a proxy", more: { clusters: [{ name: "x", cluster: { server: "1", "proxy-url": 1 } }] } },
  { name: "a context without a name", more: { contexts: [{ name: "", context: { cluster: "" } }] } },
  { name: "a context without a cluster", more: { contexts: [{ name: "x", context: { user: "it" } }, { name: "y" }] } },
];
Deno.test.each(unused)("loadKubeConfig() does not mind $name where it is not used", async ({ more }) => {
  await using place = await workplace();
  const odd = { apiVersion: "v1", kind: "Config", ...more };
  const one = kubeconfig(good, { token: "t" });
  const both = Object.fromEntries(
    Object.entries(one).map(([key, value]) => [
      key,
      Array.isArray(value) && key in more ? [...more[key] as unknown[], ...value] : value,
    ]),
  );
  const [whole, rest] = [await place.write("whole", both), await place.write("odd", odd)];
  const plain = await place.write("plain", one);
  for (const named of [whole, `${rest}:${plain}`, `${await place.write("empty", "")}:${plain}`]) {
    const config = await loadKubeConfig({ env: envOf({ KUBECONFIG: named }), onSkip: refuseSkip });
    assert.deepEqual((await config.credentials()).headers, { authorization: "Bearer t" });
  }
});

Deno.test("loadKubeConfig() fails on a service account without files", async () => {
  const env = envOf({ KUBERNETES_SERVICE_HOST: "h", KUBERNETES_SERVICE_PORT: "1" });
  await assert.rejects(loadKubeConfig({ env, serviceAccountDir: nowhere, onSkip: refuseSkip }), {
    message: /^unable to infer k8s config: Cannot use the mounted service account: No such file or directory/,
  });
});

Deno.test({
  name: "loadKubeConfig() fails on a server without an authority where the platform's may not be read",
  permissions: { read: "inherit", write: "inherit", env: "inherit", sys: false },
  fn: async () => {
    await using place = await workplace();
    const verified = await place.write("verified", kubeconfig({ server: "https://localhost:1" }, { token: "t" }));
    const env = envOf({ KUBECONFIG: verified });
    await assert.rejects(loadKubeConfig({ env, serviceAccountDir: nowhere, onSkip: refuseSkip }), {
      message: /no certificate authority is given, and those of the platform may not be read$/,
    });
    const cluster = { server: "https://localhost:1", "insecure-skip-tls-verify": true };
    const unverified = await place.write("unverified", kubeconfig(cluster, { token: "t" }));
    await loadKubeConfig({ env: envOf({ KUBECONFIG: unverified }), onSkip: refuseSkip });
  },
});

const stranger = await issue(authority, { commonName: "stranger", usages: ["client"] });
const unusable: readonly { name: string; content: unknown; says: RegExp }[] = [
  { name: "text that is not YAML", content: "a: [\n", says: /^[^\n]*Cannot use KUBECONFIG[^\n]*$/ },
  // The reader of YAML shows the line, which may hold a token.
  {
    name: "text behind a token that is not YAML",
    content: "users: [{ name: a, user: { token: very-secret } }]\ncontexts: [\n",
    says: /^((?!very-secret)[^\n])*Cannot use KUBECONFIG((?!very-secret)[^\n])* at line 3, column 1$/,
  },
  { name: "a key that stands twice", content: "current-context: a\ncurrent-context: b\n", says: /keys must be unique/ },
  { name: "two documents", content: "a: 1\n---\nb: 2\n", says: /has more than one document/ },
  { name: "only comments", content: "# nothing\n\n# at all\n", says: /current-context is not set/ },
  { name: "an empty file", content: "", says: /Cannot use KUBECONFIG/ },
  { name: "a file without anything", content: {}, says: /current-context is not set/ },
  { name: "a list in place of a file", content: [], says: /config is not a kubeconfig/ },
  {
    name: "text in place of a list",
    content: { ...kubeconfig(good, {}), users: "x" },
    says: /users in .* is not a list/,
  },
  { name: "a context that is a number", content: { "current-context": 5 }, says: /current-context in .* is not text/ },
  { name: "a cluster that is null", content: kubeconfig(null, {}), says: /cluster "it" is not an object/ },
  { name: "a user that is text", content: kubeconfig(good, "x"), says: /user "it" is not an object/ },
  { name: "a token that is a number", content: kubeconfig(good, { token: 5 }), says: /token of user "it" is not text/ },
  {
    name: "a server that is a number",
    content: kubeconfig({ server: 5 }, {}),
    says: /server of cluster "it" is not text/,
  },
  { name: "no such context", content: { ...kubeconfig(good, {}), "current-context": "x" }, says: /no context "x"/ },
  { name: "no such cluster", content: { ...kubeconfig(good, {}), clusters: [] }, says: /no cluster "it"/ },
  { name: "no such user", content: { ...kubeconfig(good, {}), users: [] }, says: /no user "it"/ },
  {
    name: "a server that is no address",
    content: kubeconfig({ server: "//" }, {}),
    says: /server is no address: "\/"/,
  },
  { name: "plain http", content: kubeconfig({ server: "http://x" }, {}), says: /server must be https.*"http:\/\/x"/ },
  {
    name: "a proxy",
    content: kubeconfig({ ...good, "proxy-url": "http://p" }, {}),
    says: /proxy-url is not supported/,
  },
  {
    name: "an auth-provider",
    content: kubeconfig(good, { "auth-provider": {} }),
    says: /auth-provider of user "it" is not/,
  },
  {
    name: "groups to act as",
    content: kubeconfig(good, { "as-groups": ["g"] }),
    says: /as-groups of user "it" is not/,
  },
  {
    name: "a plug-in that fails",
    content: kubeconfig(good, { exec: { command: "false" } }),
    says: /Cannot run credential plug-in "false": no reason given/,
  },
  {
    name: "an authority that is not base64",
    content: kubeconfig({ ...good, "certificate-authority-data": "%" }, {}),
    says: /Cannot decode certificate-authority-data: not base64/,
  },
  {
    name: "an authority that is not PEM",
    content: kubeconfig({ ...good, "certificate-authority-data": base64("hello") }, {}),
    says: /Cannot parse certificate authority: not PEM/,
  },
  {
    name: "an authority file that is not there",
    content: kubeconfig({ server: "https://x", "certificate-authority": "nowhere.crt" }, {}),
    says: /nowhere\.crt/,
  },
  {
    name: "a certificate without a key",
    content: kubeconfig(good, { "client-certificate-data": base64(leaf.certPem) }),
    says: /certificate and key must both be given/,
  },
  {
    name: "a key that is not PEM",
    content: kubeconfig(good, {
      "client-certificate-data": base64(leaf.certPem),
      "client-key-data": base64("hello"),
    }),
    says: /Cannot parse client key: not PEM/,
  },
  {
    name: "the key of another certificate",
    content: kubeconfig(good, {
      "client-certificate-data": base64(leaf.certPem),
      "client-key-data": base64(stranger.keyPem),
    }),
    says: /the key belongs to another certificate/,
  },
];
Deno.test.each(unusable)("loadKubeConfig() fails on $name", async ({ content, says }) => {
  await using place = await workplace();
  const path = await place.write("config", content);
  const loading = loadKubeConfig({
    env: envOf({ KUBECONFIG: path }),
    serviceAccountDir: nowhere,
    onSkip: refuseSkip,
  });
  await assert.rejects(loading, (error: unknown) => {
    if (!(error instanceof KubeConfigError)) throw error;
    assert.match(error.message, /^unable to infer k8s config: /);
    assert.match(error.message, says);
    return true;
  });
});
