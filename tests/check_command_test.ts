/**
 * `cluster-agent check` as it is deployed: from the bundle, with the declared permissions, as a process; and against a
 * real API server.
 *
 * @module
 */

import assert from "#assert";
import { createLogTree } from "./fakes/log_tree.ts";
import { startAccessReviews } from "./fakes/fake_access_reviews.ts";
import { bundleAgent, imageCommand } from "./support/agent_bundle.ts";
import { makeCertificateFiles } from "./support/certificate_files.ts";
import { findKubeFixture, MISSING, startKubeFixture } from "./support/kube_fixture.ts";
import { createKubeClient } from "../src/kube/api_client.ts";
import { loadKubeConfig } from "../src/kube/config.ts";

interface Checked {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Everything that a configuration names; and the command, with flags. */
interface Rig extends AsyncDisposable {
  readonly folder: string;
  check(kubeconfig: string, ...flags: readonly string[]): Promise<Checked>;
}

async function rig(): Promise<Rig> {
  await using stack = new AsyncDisposableStack();
  const bundle = stack.use(await bundleAgent());
  const { folder, certFile, keyFile, caFile } = stack.use(await makeCertificateFiles());
  const tree = await createLogTree(folder);
  await tree.addCri({ namespace: "shop", pod: "a", container: "app" });
  const config = `${folder}/agent.yaml`;
  await Deno.writeTextFile(
    config,
    JSON.stringify({
      addr: "127.0.0.1:0",
      "container-logs-dir": tree.containersDir,
      "log-roots": [tree.containersDir, tree.podsDir],
      tls: { "cert-file": certFile, "key-file": keyFile, "ca-file": caFile, "allowed-names": ["proxy"] },
    }),
  );
  const made = stack.move();
  return {
    folder,
    check: async (kubeconfig, ...flags) => {
      const command = imageCommand(bundle.file, [folder, kubeconfig]);
      const [program = "", ...args] = [...command, "check", `--config=${config}`, ...flags];
      const { code, stdout, stderr } = await new Deno.Command(program, {
        args,
        clearEnv: true,
        env: { KUBECONFIG: kubeconfig, NODE_NAME: "node-1", NO_COLOR: "1" },
        stdin: "null",
      }).output();
      const decoder = new TextDecoder();
      return { code, out: decoder.decode(stdout), err: decoder.decode(stderr) };
    },
    [Symbol.asyncDispose]: () => made.disposeAsync(),
  };
}

Deno.test("check runs from the bundle with the agent's permissions: exit codes 0, 1 and 2, and nothing but its lines", async () => {
  await using it = await rig();
  await using reviews = await startAccessReviews({ decide: () => false });
  const kubeconfig = `${it.folder}/kubeconfig`;
  await Deno.writeTextFile(kubeconfig, reviews.kubeconfig);
  const good = await it.check(kubeconfig);
  assert.deepEqual([good.code, good.err], [0, ""], good.out);
  const lines = good.out.trimEnd().split("\n");
  assert.ok(lines.length >= 12, good.out);
  for (const line of lines) assert.match(line, /^ok {4}\S/);
  assert.match(good.out, /1 logs, 1 can be read by user \d+/);
  const failed = await it.check(kubeconfig, "--json", "--param=limits.connections:0");
  assert.equal(failed.code, 1, failed.err);
  assert.equal(JSON.parse(failed.out).result, "fail");
  const usage = await it.check(kubeconfig, "--jsno");
  assert.equal(usage.code, 2);
  assert.match(usage.err, /^Error: .*--jsno/);
});

const binary = await findKubeFixture();

Deno.test({
  name: `check asks a real API server whether the agent may review access ${binary === undefined ? MISSING : ""}`
    .trim(),
  ignore: binary === undefined,
  fn: async () => {
    await using it = await rig();
    await using fixture = await startKubeFixture(binary ?? "");
    const kubeconfig = await fixture.kubeconfigFor("agent");
    const refused = await it.check(kubeconfig);
    assert.equal(refused.code, 1, refused.out + refused.err);
    assert.match(refused.out, /^ok {4}API server +answers, version v1\.\d+\.\d+/m);
    assert.match(refused.out, /^ok {4}API server +clock: within \d+ s/m);
    assert.match(
      refused.out,
      /^fail {2}access reviews +.* answered 403; the agent's service account needs create subject/m,
    );

    const { signal } = new AbortController();
    using admin = createKubeClient(
      await loadKubeConfig({
        env: (name) => name === "KUBECONFIG" ? fixture.adminKubeconfig : undefined,
        onSkip: (notice) => assert.fail(notice),
      }),
    );
    const { status, body } = await admin.request({
      method: "POST",
      path: "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
      body: {
        metadata: { name: "agent" },
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "system:auth-delegator" },
        subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: "agent" }],
      },
      signal,
    });
    assert.equal(status, 201, body);
    // The API server takes a moment to notice the binding.
    let allowed = await it.check(kubeconfig);
    for (let attempt = 0; attempt < 20 && allowed.code !== 0; attempt++) allowed = await it.check(kubeconfig);
    assert.equal(allowed.code, 0, allowed.out);
    assert.match(allowed.out, /^ok {4}access reviews +the agent may review access$/m);
  },
});
