import assert from "#assert";
import { type Authority, issue, makeAuthority } from "../../tests/fakes/certificates.ts";
import { type FakeApiServer, reviewReply, startFakeApiServer } from "../../tests/fakes/fake_api_server.ts";
import { createReviewer, type Reviewer, type ReviewSubject } from "./access_review.ts";
import { loadKubeConfig } from "./config.ts";
import { KubeRequestError } from "./errors.ts";

const alice: ReviewSubject = { kind: "identity", identity: { user: "alice", groups: [], extra: {} } };
const signal = new AbortController().signal;

/** A reviewer whose credentials are files, as the kubelet mounts them. */
interface Mounted extends AsyncDisposable {
  readonly reviewer: Reviewer;
  readonly notices: readonly string[];
  /** Replaces files as the kubelet does: another folder, to which `..data` is swapped. */
  swap(files: Readonly<Record<string, string>>): Promise<void>;
  /** Lets the time pass after which files are read again. */
  passCheckTime(): void;
}

const MOUNTED = ["token", "ca.crt", "tls.crt", "tls.key"];

/** The files of a folder whose names are links through `..data`. */
async function mounted(
  files: Readonly<Record<string, string>>,
  reviewerOf: (dir: string, options: { now: () => number; onSkip: (notice: string) => void }) => Promise<Reviewer>,
): Promise<Mounted> {
  const dir = await Deno.makeTempDir({ prefix: "mounted-" });
  const notices: string[] = [];
  let time = 0;
  let version = 0;
  let present = files;
  const swap = async (changed: Readonly<Record<string, string>>): Promise<void> => {
    present = { ...present, ...changed };
    const folder = `${dir}/..${++version}`;
    await Deno.mkdir(folder);
    for (const [name, text] of Object.entries(present)) await Deno.writeTextFile(`${folder}/${name}`, text);
    await Deno.symlink(`..${version}`, `${dir}/..data_tmp`);
    await Deno.rename(`${dir}/..data_tmp`, `${dir}/..data`);
    if (version > 1) await Deno.remove(`${dir}/..${version - 1}`, { recursive: true });
  };
  await swap({});
  for (const name of MOUNTED) await Deno.symlink(`..data/${name}`, `${dir}/${name}`);
  const reviewer = await reviewerOf(dir, { now: () => time, onSkip: (notice) => notices.push(notice) });
  return {
    reviewer,
    notices,
    swap,
    passCheckTime: () => void (time += 1_000),
    [Symbol.asyncDispose]: () => Deno.remove(dir, { recursive: true }),
  };
}

/** As in a pod. */
function mountedInCluster(files: Readonly<Record<string, string>>, port: () => number): Promise<Mounted> {
  return mounted(files, async (dir, options) => {
    const env: Record<string, string> = { KUBERNETES_SERVICE_HOST: "127.0.0.1", KUBERNETES_SERVICE_PORT: `${port()}` };
    const config = await loadKubeConfig({ ...options, env: (name) => env[name], serviceAccountDir: dir });
    return createReviewer(config);
  });
}

async function allowed({ reviewer }: Mounted): Promise<boolean> {
  return (await reviewer.review(alice, { signal })).allowed;
}

async function unreachable({ reviewer }: Mounted): Promise<void> {
  await assert.rejects(
    reviewer.review(alice, { signal }),
    (error: unknown) => error instanceof KubeRequestError && error.failure === "unreachable",
  );
}

function startFor(authority: Authority, port?: number): Promise<FakeApiServer> {
  return startFakeApiServer({
    authority,
    ...(port === undefined ? {} : { port }),
    answer: () => reviewReply({ allowed: true }),
  });
}

Deno.test("A token that is swapped is shown at once when the old one is refused, and after the check time anyway", async () => {
  let valid = "token-1";
  await using server = await startFakeApiServer({
    answer: ({ headers }) =>
      headers["authorization"] === `Bearer ${valid}` ? reviewReply({ allowed: true }) : { status: 401, body: "{}" },
  });
  const files = { "token": "token-1\n", "ca.crt": server.authority.certPem };
  await using pod = await mountedInCluster(files, () => server.port);
  assert(await allowed(pod));
  await pod.swap({ token: "token-2\n" });
  valid = "token-2";
  assert(await allowed(pod));
  const shown = (): unknown[] => server.seen.splice(0).map(({ headers }) => headers["authorization"]);
  assert.deepEqual(shown(), ["Bearer token-1", "Bearer token-1", "Bearer token-2"]);
  await pod.swap({ token: "token-3\n" });
  valid = "token-3";
  pod.passCheckTime();
  assert(await allowed(pod));
  assert.deepEqual(shown(), ["Bearer token-3"]);
  // A folder that is half written, and one with something else in it.
  for (const token of ["", "\n", "not\na token"]) {
    await pod.swap({ token });
    pod.passCheckTime();
    assert(await allowed(pod));
  }
  assert.deepEqual(shown(), Array(3).fill("Bearer token-3"));
  assert.equal(pod.notices.length, 2);
});

Deno.test("A new authority of the API server counts for the next review, and the old one no more", async () => {
  const [old, next] = await Promise.all([makeAuthority("old"), makeAuthority("next")]);
  const first = await startFor(old);
  const { port } = first;
  await using pod = await mountedInCluster({ "token": "t", "ca.crt": old.certPem }, () => port);
  assert(await allowed(pod));
  await first.stop();
  const second = await startFor(next, port);
  await unreachable(pod);
  await pod.swap({ "ca.crt": next.certPem });
  pod.passCheckTime();
  assert(await allowed(pod));
  await second.stop();
  await using _third = await startFor(old, port);
  await unreachable(pod);
  await pod.swap({ "ca.crt": old.certPem + next.certPem });
  pod.passCheckTime();
  assert(await allowed(pod));
  assert.deepEqual(pod.notices, []);
});

Deno.test("An authority that cannot be used is not taken: the last good one counts, and that is reported once", async () => {
  const [good, other] = await Promise.all([makeAuthority("good"), makeAuthority("other")]);
  await using server = await startFor(good);
  await using pod = await mountedInCluster({ "token": "t", "ca.crt": good.certPem }, () => server.port);
  const odd = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
  // The last one would end the process, were it taken.
  const bad = ["hello", other.certPem.slice(0, 300), "\0".repeat(100), good.certPem + odd];
  for (const [index, text] of bad.entries()) {
    await pod.swap({ "ca.crt": text });
    for (let check = 0; check < 3; check++) {
      pod.passCheckTime();
      assert(await allowed(pod));
    }
    assert.equal(pod.notices.length, 1, `after ${index + 1} bad ones with the same reason`);
  }
  assert.match(pod.notices[0] ?? "", /ca\.crt, going on with its earlier text: .*Cannot parse certificate authority/);
  await pod.swap({ "ca.crt": other.certPem });
  pod.passCheckTime();
  await unreachable(pod);
});

Deno.test("A kubeconfig's files are read again: authority, token, and a certificate only with its own key", async () => {
  const authority = await makeAuthority("kubeconfig");
  await using server = await startFor(authority);
  const before = await issue(authority, { commonName: "before", usages: ["client"] });
  const after = await issue(authority, { commonName: "after", usages: ["client"] });
  const files = {
    "token": "t-1",
    "ca.crt": authority.certPem,
    "tls.crt": before.certPem,
    "tls.key": before.keyPem,
  };
  await using outside = await mounted(files, async (dir, options) => {
    const kubeconfig = {
      "current-context": "c",
      clusters: [{
        name: "c",
        cluster: { server: `https://127.0.0.1:${server.port}`, "certificate-authority": "ca.crt" },
      }],
      users: [{
        name: "u",
        user: { "tokenFile": "token", "client-certificate": "tls.crt", "client-key": "tls.key" },
      }],
      contexts: [{ name: "c", context: { cluster: "c", user: "u" } }],
    };
    await Deno.writeTextFile(`${dir}/kubeconfig`, JSON.stringify(kubeconfig));
    const env = (name: string): string | undefined => name === "KUBECONFIG" ? `${dir}/kubeconfig` : undefined;
    return createReviewer(await loadKubeConfig({ ...options, env }));
  });
  const shown = async (): Promise<readonly unknown[]> => {
    assert(await allowed(outside));
    const { clientName, headers } = server.seen.at(-1) ?? assert.fail("it was asked");
    return [clientName, headers["authorization"]];
  };
  assert.deepEqual(await shown(), ["before", "Bearer t-1"]);
  await outside.swap({ "tls.crt": after.certPem, token: "t-2" });
  for (let check = 0; check < 2; check++) {
    outside.passCheckTime();
    assert.deepEqual(await shown(), ["before", "Bearer t-2"]);
  }
  assert.deepEqual(outside.notices, [
    "Going on with the earlier client certificate: KubeConfigError: Cannot use client certificate: " +
    "the key belongs to another certificate",
  ]);
  await outside.swap({ "tls.key": after.keyPem });
  outside.passCheckTime();
  assert.deepEqual(await shown(), ["after", "Bearer t-2"]);
});
