/**
 * The bundled agent starts with the configuration of `deploy/agent`, of which only folders and ports are moved.
 *
 * @module
 */
import assert from "#assert";
import { parse } from "yaml";
import { startAccessReviews } from "./fakes/fake_access_reviews.ts";
import { issue, makeAuthority } from "./fakes/certificates.ts";
import { createLogTree } from "./fakes/log_tree.ts";
import { startAgent } from "./support/agent_process.ts";
import { bundleAgent, imageCommand } from "./support/agent_bundle.ts";
import { eventually } from "./support/eventually.ts";
import { connectAgent } from "./support/client.ts";
import { projectText } from "./support/project.ts";
import { metricsUrl, probe } from "./support/scrape.ts";

Deno.test("the bundled agent serves with the configuration of its manifest", async () => {
  await using bundle = await bundleAgent();
  const dir = await Deno.realPath(await Deno.makeTempDir({ prefix: "deploy-" }));
  try {
    const text = (await projectText("deploy/agent/config.yaml")).replaceAll("/etc/kubetail-tls/", `${dir}/`)
      .replaceAll(/addr: ":\d+"/g, 'addr: "127.0.0.1:0"');
    const config = parse(text);
    const authority = await makeAuthority("Test authority");
    const [server, leaf, tree] = await Promise.all([
      issue(authority, { commonName: "cluster-agent", names: ["cluster-agent"], usages: ["server"] }),
      issue(authority, { commonName: config.tls["allowed-names"][0], usages: ["client"] }),
      createLogTree(dir),
    ]);
    await Deno.writeTextFile(`${dir}/ca.crt`, authority.certPem);
    await Deno.writeTextFile(`${dir}/tls.crt`, server.certPem);
    await Deno.writeTextFile(`${dir}/tls.key`, server.keyPem);
    const log = await tree.addCri({ namespace: "shop", pod: "web-0", container: "web" });
    await log.append(["one line"]);
    await using reviews = await startAccessReviews({ decide: () => Boolean(1), users: {} });
    await using agent = await startAgent({
      dir,
      kubeconfig: reviews.kubeconfig,
      env: { NODE_NAME: "node-1" },
      command: imageCommand(bundle.file, [dir]),
      settings: {
        ...config,
        "container-logs-dir": tree.containersDir,
        "log-roots": [tree.containersDir, tree.podsDir, tree.dockerDir],
      },
    });
    const { port } = agent;
    await using client = connectAgent({
      port,
      caPem: authority.certPem,
      leaf,
      serverName: "cluster-agent",
      identity: { user: "tester" },
    });
    assert.deepEqual((await client.list(["shop"])).map(({ spec }) => spec?.pod_name), ["web-0"]);
    const plain = metricsUrl(agent.log);
    assert.equal((await probe(plain, "/livez")).status, 200);
    await eventually("the agent is ready", async () => (await probe(plain, "/readyz")).status === 200);
    assert.deepEqual(agent.log.filter((line) => /"level":"(warn|error)"/i.test(line)), []);
    assert.equal(await agent.terminate(), 0);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});
