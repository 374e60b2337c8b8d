/**
 * Certificates, authorities and names that change under the agent as it is deployed: bundled, with the declared
 * permissions, and with files as the kubelet mounts them.
 *
 * @module
 */

import assert from "#assert";
import { connect as connectTcp } from "node:net";
import { startAccessReviews } from "./fakes/fake_access_reviews.ts";
import { createLogTree } from "./fakes/log_tree.ts";
import { type Authority, issue, type Leaf, makeAuthority } from "./fakes/certificates.ts";
import { type AgentProcess, startAgent } from "./support/agent_process.ts";
import { bundleAgent, declared, engineFlags, permissionFlags } from "./support/agent_bundle.ts";
import { eventually } from "./support/eventually.ts";
import { forward, LINES, list } from "./support/every_call.ts";
import { connect } from "./support/grpc_client.ts";
import { shakeHands } from "./support/tls_client.ts";

/** A change is in use after two polls, which are six seconds; a slow machine has more time. */
const IN_USE_MS = 60_000;

const serverOf = (authority: Authority, commonName: string): Promise<Leaf> =>
  issue(authority, { commonName, names: ["localhost", "127.0.0.1"], usages: ["server"] });

/** A mounted secret: links to `..data`, which is a link to a folder with the files. */
class MountedSecret {
  readonly folder: string;
  #version = 0;

  /** An empty one. */
  constructor(folder: string) {
    this.folder = folder;
  }

  /** Replaces all files at once, as the kubelet does. */
  async swap(files: Readonly<Record<string, string>>): Promise<void> {
    const { folder } = this;
    const earlier = `..version_${this.#version++}`;
    const version = `..version_${this.#version}`;
    await Deno.mkdir(`${folder}/${version}`, { recursive: true });
    for (const [name, text] of Object.entries(files)) await Deno.writeTextFile(`${folder}/${version}/${name}`, text);
    await Deno.symlink(version, `${folder}/..data_tmp`);
    await Deno.rename(`${folder}/..data_tmp`, `${folder}/..data`);
    if (this.#version > 1) return await Deno.remove(`${folder}/${earlier}`, { recursive: true });
    for (const name of Object.keys(files)) await Deno.symlink(`..data/${name}`, `${folder}/${name}`);
  }
}

async function untilLine(agent: AgentProcess, text: string): Promise<void> {
  await eventually(`a line with "${text}"`, () => agent.log.some((line) => line.includes(text)), {
    deadlineMs: IN_USE_MS,
    pauseMs: 50,
  });
}

const countOf = (agent: AgentProcess, text: string): number => agent.log.filter((line) => line.includes(text)).length;

/** The first byte of the answer to a client that speaks TLS 1.1 at most: 21 is an alert. */
async function answerToTls11(port: number): Promise<number | undefined> {
  const hello = [3, 2, ...Array<number>(32).fill(7), 0, 0, 6, 0xc0, 0x0a, 0xc0, 0x14, 0, 0x2f, 1, 0];
  const message = [1, 0, 0, hello.length, ...hello];
  const { promise, resolve } = Promise.withResolvers<number | undefined>();
  const socket = connectTcp(port, "127.0.0.1");
  socket.on("connect", () => socket.write(new Uint8Array([22, 3, 1, 0, message.length, ...message])));
  socket.on("data", (bytes: Uint8Array) => resolve(bytes[0])).on("error", () => {}).on(
    "close",
    () => resolve(undefined),
  );
  const first = await promise;
  socket.destroy();
  return first;
}

Deno.test("the bundled agent takes new certificates, authorities and names from swapped mounts; a bad pair keeps the last", async (t) => {
  await using bundle = await bundleAgent();
  await using stack = new AsyncDisposableStack();
  const root = await Deno.realPath(await Deno.makeTempDir({ prefix: "tls-rotation-" }));
  stack.defer(() => Deno.remove(root, { recursive: true }));
  const [tlsDir, dir] = [`${root}/etc/kubetail-tls`, `${root}/etc/kubetail`];
  for (const folder of [tlsDir, dir]) await Deno.mkdir(folder, { recursive: true });
  const [first, second] = [await makeAuthority("First"), await makeAuthority("Second")];
  const secret = new MountedSecret(tlsDir);
  const filesOf = ({ certPem, keyPem }: Leaf, ca: string): Record<string, string> => ({
    "tls.crt": certPem,
    "tls.key": keyPem,
    "ca.crt": ca,
  });
  await secret.swap(filesOf(await serverOf(first, "first-server"), first.certPem));
  const tree = await createLogTree(root);
  const log = await tree.addCri({ namespace: "shop", pod: "cart", container: "web" });
  await log.append(LINES);
  const reviews = stack.use(await startAccessReviews({ decide: () => Boolean(1) }));
  const settings = (names: readonly string[]): Record<string, unknown> => ({
    "container-logs-dir": tree.containersDir,
    "log-roots": [tree.containersDir, tree.podsDir, tree.dockerDir],
    tls: {
      "cert-file": `${tlsDir}/tls.crt`,
      "key-file": `${tlsDir}/tls.key`,
      "ca-file": `${tlsDir}/ca.crt`,
      "allowed-names": names,
    },
  });
  const read = declared.read.map((path) => root + path);
  const agent = stack.use(
    await startAgent({
      dir,
      settings: settings(["test-client"]),
      kubeconfig: reviews.kubeconfig,
      command: [Deno.execPath(), "run", ...engineFlags(), ...permissionFlags({ ...declared, read }), bundle.file],
      env: { NODE_NAME: "node-1", HOME: `${root}/home`, NODE_OPTIONS: "--tls-min-v1.0 --tls-max-v1.2" },
    }),
  );
  const leafOf = (authority: Authority): Promise<Leaf> =>
    issue(authority, { commonName: "test-client", usages: ["client"] });
  const [firstLeaf, secondLeaf] = [await leafOf(first), await leafOf(second)];
  const shown = async ({ certPem: cert, keyPem: key }: Leaf): Promise<string | undefined> =>
    (await shakeHands(agent.port, { cert, key, ca: first.certPem + second.certPem })).server;
  using client = connect({ port: agent.port, ca: first.certPem, leaf: firstLeaf });
  const ada = { user: "ada", namespace: "shop" };

  await t.step("TLS 1.2 and 1.3 are served, whatever the environment says", async () => {
    const { certPem: cert, keyPem: key } = firstLeaf;
    const options = { cert, key, ca: first.certPem };
    assert.equal((await shakeHands(agent.port, options)).protocol, "TLSv1.3");
    assert.equal((await shakeHands(agent.port, { ...options, maxVersion: "TLSv1.2" })).protocol, "TLSv1.2");
    assert.equal(await answerToTls11(agent.port), 21);
  });

  const follow = forward(client, { log, user: "ada", followFrom: "END" });
  await follow.headers;
  await t.step("a swap serves new connections within ten seconds, and leaves open ones", async () => {
    assert.equal((await list(client, ada)).code, "OK");
    await secret.swap(filesOf(await serverOf(second, "second-server"), first.certPem + second.certPem));
    await eventually("the second certificate", async () => await shown(firstLeaf) === "second-server", {
      deadlineMs: IN_USE_MS,
      pauseMs: 50,
    });
    await eventually("the second authority", async () => await shown(secondLeaf) === "second-server", {
      deadlineMs: IN_USE_MS,
      pauseMs: 50,
    });
    await secret.swap(filesOf(await serverOf(second, "third-server"), second.certPem));
    await eventually("the end of the first authority", async () => await shown(firstLeaf) === undefined, {
      deadlineMs: IN_USE_MS,
      pauseMs: 50,
    });
    assert.equal(await shown(secondLeaf), "third-server");
    await log.append(["a line after the swap"]);
    assert.equal((await follow.next())?.message, "a line after the swap");
    assert.equal((await list(client, ada)).code, "OK");
  });

  await t.step("a bad pair keeps the last good one and has one line; so has its end", async () => {
    const [fourth, other] = [await serverOf(second, "fourth-server"), await serverOf(second, "other")];
    await secret.swap(filesOf({ certPem: fourth.certPem, keyPem: other.keyPem }, second.certPem));
    await untilLine(agent, "Cannot use the new certificate");
    assert.equal(await shown(secondLeaf), "third-server");
    await secret.swap(filesOf(fourth, second.certPem));
    await untilLine(agent, "it can be used now");
    assert.equal(await shown(secondLeaf), "fourth-server");
    assert.equal(countOf(agent, "Cannot use the new certificate"), 1);
  });

  await t.step("a name that is taken off the list is refused at its next call, on the open connection", async () => {
    const text = JSON.stringify({ addr: "127.0.0.1:0", ...settings(["somebody-else"]) });
    await Deno.writeTextFile(`${dir}/agent.json`, text);
    await untilLine(agent, "Read the configuration again");
    assert.equal((await list(client, ada)).code, "PERMISSION_DENIED");
  });

  follow.discard();
  assert.equal(await agent.terminate(), 0, agent.log.join("\n"));
  assert.deepEqual(agent.log.filter((line) => /NotCapable|Unhandled/.test(line)), []);
  assert(agent.log.some((line) => line.includes('"tls_reloads_total.success":')), agent.log.at(-1));
});
