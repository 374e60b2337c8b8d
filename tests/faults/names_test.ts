// deno-lint-ignore-file camelcase -- the names of the wire contract
import assert from "#assert";
import { PermissionDeniedError } from "../../src/auth/errors.ts";
import type { Authorizer } from "../../src/auth/authorizer.ts";
import type { LogFolders } from "../../src/logs/log_file.ts";
import { createBlockPool } from "../../src/records/scan/block_pool.ts";
import { services } from "../../src/rpc/descriptor.ts";
import type { LogRecordsStreamRequest } from "../../src/rpc/messages.ts";
import { createLogDirectory } from "../../src/metadata/log_directory.ts";
import { metadataService } from "../../src/rpc/services/metadata_service.ts";
import { recordsService } from "../../src/rpc/services/records_service.ts";
import { createMetrics } from "../../src/telemetry/metrics.ts";
import { runServer } from "../support/agent_server.ts";
import { connect, type Ending, type GrpcClient } from "../support/grpc_client.ts";
import { runAgent } from "../support/running_agent.ts";
import { anyLog } from "../support/test_services.ts";

const { StreamForward, StreamBackward } = services.logRecords;
const metadata = [["x-remote-user", "alice"]] as const;

/** How a stream in each direction ends; fails when it gives a record. */
async function endings(client: GrpcClient, request: Partial<LogRecordsStreamRequest>): Promise<readonly Ending[]> {
  return await Promise.all([StreamForward, StreamBackward].map(async (method) => {
    const stream = client.stream(method, { ...anyLog, ...request }, { metadata });
    assert.equal(await stream.next(), undefined);
    return await stream.ending;
  }));
}

Deno.test("faults 95 and 96: names and links that lead out, at a running agent", async (t) => {
  await using rig = await runAgent();
  const { containersDir, podsDir } = rig.tree;
  using client = connect({ port: rig.agent.port, ca: rig.authority.certPem, leaf: rig.leaf });
  const good = await rig.tree.addCri({ namespace: "ns", pod: "good", container: "app" });
  await good.append(["one"]);

  await t.step("fault 95: a name that could lead out is INVALID_ARGUMENT before any review", async () => {
    // The victim's log is where such names would lead.
    await Deno.mkdir(`${podsDir}/victim_ns_uid/my-cont`, { recursive: true });
    await Deno.writeTextFile(`${podsDir}/victim_ns_uid/my-cont/0.log`, "2024-10-01T05:40:46Z stdout F secret\n");
    const bad = ["", ".", "..", "/", "a/../b", "..\\b", "a\0b", "/etc/passwd", "x".repeat(1025)];
    const requests = [
      ...["namespace", "pod_name", "container_name", "container_id"].flatMap((field) =>
        bad.map((value) => ({ [field]: value }))
      ),
      { container_id: "containerd://../../pods/x" },
      { pod_name: "../pods/victim", namespace: "ns", container_name: "uid/my", container_id: "cont/0" },
    ];
    for (const request of requests) {
      for (const { code, details } of await endings(client, request)) {
        assert.equal(code, "INVALID_ARGUMENT", JSON.stringify(request));
        assert.match(details, /^Cannot use (namespace|pod_name|container_name|container_id) ".*": it /s);
      }
    }
    assert.equal(rig.reviews.reviews.length, 0);
  });

  await t.step("fault 98: a stream in no namespace at all is refused as a name, not read as all of them", async () => {
    for (const { code } of await endings(client, { namespace: "" })) assert.equal(code, "INVALID_ARGUMENT");
    assert.equal(rig.reviews.reviews.length, 0);
  });

  await t.step("fault 95: strange names that cannot lead out are looked for, and are not there", async () => {
    for (const pod_name of ["%2e%2e", "%2e%2e%2fpods", "...", "p".repeat(300), "🙂", "*", "good-ns-app"]) {
      for (const { code } of await endings(client, { pod_name })) assert.equal(code, "NOT_FOUND", pod_name);
    }
    const listed = async (namespace: string): Promise<unknown> => {
      const asked = await client.unary(services.logMetadata.List, { namespaces: [namespace] }, { metadata });
      return [asked.code, asked.response?.items];
    };
    for (const namespace of ["..", "a/b", "\0", "x".repeat(1024)]) {
      assert.deepEqual(await listed(namespace), ["OK", []], JSON.stringify(namespace).slice(0, 40));
    }
    assert.deepEqual(await listed("x".repeat(1025)), ["INVALID_ARGUMENT", undefined]);
  });

  await t.step(
    "fault 96: a link that leads out of the roots is not listed, and NOT_FOUND as a missing log is",
    async () => {
      const outside = `${podsDir}X`;
      await Deno.mkdir(outside);
      await Deno.writeTextFile(`${outside}/0.log`, "2024-10-01T05:40:46Z stdout F secret\n");
      const link = (pod: string): string => `${containersDir}/${pod}_ns_app-0123.log`;
      const targets = {
        shadow: "/etc/shadow",
        environ: "/proc/self/environ",
        zero: "/dev/zero",
        sibling: `${outside}/0.log`,
        dots: `${podsDir}/../podsX/0.log`,
        loop: link("loop"),
        dangling: `${podsDir}/missing`,
      };
      for (const [pod, target] of Object.entries(targets)) await Deno.symlink(target, link(pod));
      await Deno.symlink(link("sibling"), link("chain"));
      await new Deno.Command("mkfifo", { args: [link("fifo")] }).output();
      await Deno.mkdir(link("folder"));
      const { response } = await client.unary(services.logMetadata.List, { namespaces: [] }, { metadata });
      assert.deepEqual(response?.items.map(({ spec }) => spec?.pod_name), ["good"]);
      for (const pod_name of [...Object.keys(targets), "chain", "fifo", "folder", "missing"]) {
        const request = { namespace: "ns", pod_name, container_name: "app", container_id: "0123" };
        const text = pod_name === "loop"
          ? "Too many levels of symbolic links (os error 40)"
          : "No such file or directory (os error 2)";
        const details = `failed to access log file ${link(pod_name)}: ${text}`;
        for (const ending of await endings(client, request)) assert.deepEqual(ending, { code: "NOT_FOUND", details });
      }
    },
  );
});

/** Folders that fail whoever wants to know where they are. */
const untouchable: LogFolders = {
  get containerLogsDir(): string {
    throw new Error("a file was looked for");
  },
  get roots(): readonly string[] {
    throw new Error("a file was looked for");
  },
};

Deno.test("fault 98: who may not see a namespace is refused whatever is asked there, and no file is looked for", async () => {
  const refusal = "permission denied: `get pods/log` in namespace `theirs`";
  const refuse = (): Promise<never> => Promise.reject(new PermissionDeniedError(refusal));
  const authorizer: Authorizer = { authorize: refuse, authorizeNamespace: refuse };
  const parts = {
    callerOf: () => ({ kind: "token", token: "any" } as const),
    authorizer,
    folders: untouchable,
    metrics: createMetrics(),
  };
  await using running = await runServer([
    metadataService({ ...parts, directory: createLogDirectory(parts.folders), nodeName: "node", onSkip: () => {} }),
    recordsService({ ...parts, pool: createBlockPool() }),
  ]);
  const client = running.client();
  const wanted = { code: "PERMISSION_DENIED", details: refusal };
  // Neither the file nor bounds and pattern, which come after it, are looked at.
  for (const request of [{}, { pod_name: "missing" }, { start_time: "never" }, { grep: "(" }]) {
    assert.deepEqual(await endings(client, { namespace: "theirs", ...request }), [wanted, wanted]);
  }
  for (const namespaces of [["theirs"], [""], []]) {
    const { code, details } = await client.unary(services.logMetadata.List, { namespaces });
    assert.deepEqual({ code, details }, wanted);
    const watch = client.stream(services.logMetadata.Watch, { namespaces });
    assert.equal(await watch.next(), undefined);
    assert.deepEqual(await watch.ending, wanted);
  }
  assert.deepEqual(running.reports, []);
});
