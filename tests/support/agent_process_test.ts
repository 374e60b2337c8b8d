import assert from "#assert";
import { startAccessReviews } from "../fakes/fake_access_reviews.ts";
import { type AgentProcessOptions, AgentStartError, startAgent } from "./agent_process.ts";
import { issue, makeAuthority } from "../fakes/certificates.ts";
import { AgentCallError, connectAgent } from "./client.ts";
import { createLogTree } from "../fakes/log_tree.ts";

async function temporaryFolder(): Promise<AsyncDisposable & { readonly dir: string }> {
  const dir = await Deno.makeTempDir({ prefix: "agent-" });
  return { dir, [Symbol.asyncDispose]: () => Deno.remove(dir, { recursive: true }) };
}

/** A program that prints what it is told to, instead of the agent. */
function printing(script: string): Pick<AgentProcessOptions, "command" | "settings" | "kubeconfig"> {
  return { command: ["/bin/sh", "-c", script, "sh"], settings: {}, kubeconfig: "" };
}

/** The error of that class with which the promise is rejected. */
async function rejection<E extends Error>(
  promise: Promise<unknown>,
  // deno-lint-ignore no-explicit-any -- whatever its constructor takes
  errorClass: new (...args: any[]) => E,
): Promise<E> {
  const error = await promise.then(() => undefined, (error: unknown) => error);
  if (!(error instanceof errorClass)) throw new assert.AssertionError({ message: `Not rejected as wanted: ${error}` });
  return error;
}

Deno.test("startAgent and connectAgent serve a log over mTLS, and SIGTERM ends the agent with exit code 0", async () => {
  await using folder = await temporaryFolder();
  const { dir } = folder;
  const authority = await makeAuthority("Test authority");
  const server = await issue(authority, { commonName: "agent", names: ["localhost"], usages: ["server"] });
  const leaf = await issue(authority, { commonName: "proxy", usages: ["client"] });
  await Deno.writeTextFile(`${dir}/server.crt`, server.certPem);
  await Deno.writeTextFile(`${dir}/server.key`, server.keyPem);
  await Deno.writeTextFile(`${dir}/ca.crt`, authority.certPem);
  const tree = await createLogTree(dir);
  const log = await tree.addCri({ namespace: "shop", pod: "web-1", container: "nginx" });
  await log.append(["one", "two", "three"]);
  await using reviews = await startAccessReviews({ decide: ({ groups }) => groups.includes("readers") });
  await using agent = await startAgent({
    dir,
    kubeconfig: reviews.kubeconfig,
    settings: {
      "container-logs-dir": tree.containersDir,
      "log-roots": [tree.containersDir, tree.podsDir],
      tls: { "cert-file": `${dir}/server.crt`, "key-file": `${dir}/server.key`, "ca-file": `${dir}/ca.crt` },
    },
    env: { NODE_NAME: "node-1" },
  });
  const { port } = agent;
  await using client = connectAgent({
    port,
    caPem: authority.certPem,
    leaf,
    identity: { user: "alice", groups: ["a, b", "readers"], extra: { scopes: ["read"] } },
  });

  assert.equal(await client.health(), "SERVING");
  const logs = await client.list(["shop"]);
  assert.deepEqual(logs.map(({ id, spec }) => [id, spec?.node_name]), [[log.id, "node-1"]]);
  assert.deepEqual(reviews.reviews.map(({ user, groups, extra }) => ({ user, groups, extra })), [
    { user: "alice", groups: ["a, b", "readers"], extra: { scopes: ["read"] } },
  ]);

  const forward = await Array.fromAsync(client.forward({ log, grep: "(?i)T" }));
  assert.deepEqual(forward.map(({ message }) => message), ["two", "three"]);
  for await (const { message } of client.backward({ log: { ...log, id: log.runtimeId } })) {
    assert.equal(message, "three");
    break;
  }
  const controller = new AbortController();
  await assert.rejects(async () => {
    for await (const _ of client.forward({ log }, { signal: controller.signal })) {
      controller.abort(new RangeError("enough"));
    }
  }, /^RangeError: enough$/);

  const refusal = await rejection(client.as({ user: "mallory" }).list(["shop"]), AgentCallError);
  assert.equal(refusal.code, "PERMISSION_DENIED");
  assert.match(refusal.details, /^permission denied: /);
  await assert.rejects(
    Array.fromAsync(client.forward({ log, grep: "(" })),
    /^AgentCallError: INVALID_ARGUMENT: Invalid grep pattern: /,
  );
  await using stranger = connectAgent({ port, caPem: authority.certPem });
  await assert.rejects(stranger.health(), /^AgentCallError: UNAVAILABLE: /);

  assert.equal(await agent.terminate(), 0);
  assert(agent.log.some((line) => line.includes("Shutdown completed.")), agent.log.join("\n"));
});

Deno.test("startAgent tells why the agent did not start, with what it printed", async () => {
  await using folder = await temporaryFolder();
  const agent = startAgent({ ...folder, ...printing("echo seen; echo told >&2; exit 3") });
  const { message, log } = await rejection(agent, AgentStartError);
  assert.match(message, /^The agent ended before it listened: exit code 3\n/);
  assert.deepEqual([...log].sort(), ["seen", "told"]);
});

Deno.test("startAgent ends an agent that does not come to listen", async () => {
  await using folder = await temporaryFolder();
  const agent = startAgent({ ...folder, ...printing("echo $$; exec sleep 60"), startMs: 3_000 });
  const { message, log } = await rejection(agent, AgentStartError);
  assert.match(message, /^The agent does not listen after 3000 ms/);
  assert.throws(() => Deno.kill(Number(log[0]), "SIGCONT"), Deno.errors.NotFound);
});

Deno.test("startAgent reads the port out of JSON lines and pretty ones, and gives the configuration to the command", async () => {
  for (
    const line of ['{"message":"Starting cluster-agent on 127.0.0.1:4711"}', "INFO Starting cluster-agent on [::]:4711"]
  ) {
    await using folder = await temporaryFolder();
    await using agent = await startAgent({ ...folder, ...printing(`echo '${line}'; echo "$@"`) });
    assert.equal(agent.port, 4711);
    assert.deepEqual([(await agent.ended).code, agent.log], [0, [line, `--config=${folder.dir}/agent.json`]]);
    agent.signal("SIGTERM");
  }
});

Deno.test("disposing of an agent kills it when SIGTERM does not end it", async () => {
  await using folder = await temporaryFolder();
  const agent = await startAgent({
    ...folder,
    ...printing("trap '' TERM; echo Starting cluster-agent on 127.0.0.1:1; while :; do sleep 0.01; done"),
  });
  agent.signal("SIGTERM");
  await agent[Symbol.asyncDispose]();
  assert.equal((await agent.ended).signal, "SIGKILL");
});
