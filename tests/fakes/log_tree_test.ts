import assert from "#assert";
import { createLogTree, type LogTree, runtimeTime } from "./log_tree.ts";

const id = "ab".repeat(32);

/** A tree below a folder that goes away, with a clock that stands at one second and a half. */
async function temporaryTree(): Promise<LogTree & AsyncDisposable & { readonly dir: string }> {
  const dir = await Deno.makeTempDir({ prefix: "log-tree-" });
  const tree = await createLogTree(dir, { now: () => 1_500_000_000n });
  return { ...tree, dir, [Symbol.asyncDispose]: () => Deno.remove(dir, { recursive: true }) };
}

Deno.test("addCri makes the kubelet's link to a file in the pod's folder", async () => {
  await using tree = await temporaryTree();
  const log = await tree.addCri({ namespace: "shop", pod: "web-1", container: "nginx", id, uid: "1234" });
  const { dir } = tree;
  assert.equal(log.link, `${dir}/var/log/containers/web-1_shop_nginx-${id}.log`);
  assert.equal(await Deno.readLink(log.link), `${dir}/var/log/pods/shop_web-1_1234/nginx/0.log`);
  assert.equal(log.path, await Deno.realPath(log.link));
  assert.equal(log.runtimeId, `containerd://${id}`);
});

Deno.test("addDocker makes two links to a file in Docker's own folder", async () => {
  await using tree = await temporaryTree();
  const log = await tree.addDocker({ namespace: "shop", pod: "web-1", container: "nginx", id, uid: "1234" });
  const { dir } = tree;
  const podLog = `${dir}/var/log/pods/shop_web-1_1234/nginx/0.log`;
  assert.equal(await Deno.readLink(log.link), podLog);
  assert.equal(await Deno.readLink(podLog), `${dir}/var/lib/docker/containers/${id}/${id}-json.log`);
  assert.equal(log.path, await Deno.realPath(log.link));
  assert.equal(log.runtimeId, `docker://${id}`);
});

Deno.test("two containers of a pod share its folder and have ids of their own", async () => {
  await using tree = await temporaryTree();
  const [web, sidecar] = [
    await tree.addCri({ namespace: "shop", pod: "web-1", container: "nginx" }),
    await tree.addCri({ namespace: "shop", pod: "web-1", container: "sidecar" }),
  ];
  assert.equal((await Array.fromAsync(Deno.readDir(tree.podsDir))).length, 1);
  assert.match(web.id, /^[0-9a-f]{64}$/);
  assert.notEqual(web.id, sidecar.id);
});

Deno.test("append writes the CRI format, with times that never repeat", async () => {
  await using tree = await temporaryTree();
  const log = await tree.addCri({ namespace: "shop", pod: "web-1", container: "nginx" });
  await log.append(["one", { text: "", stream: "stderr" }]);
  await log.append([{ text: "half", partial: true, time: 2_000_000_001n }, "<ü>"]);
  assert.equal(
    await Deno.readTextFile(log.link),
    "1970-01-01T00:00:01.5Z stdout F one\n" +
      "1970-01-01T00:00:01.500000001Z stderr F \n" +
      "1970-01-01T00:00:02.000000001Z stdout P half\n" +
      "1970-01-01T00:00:02.000000002Z stdout F <ü>\n",
  );
});

Deno.test("append writes Docker's JSON as Docker does", async () => {
  await using tree = await temporaryTree();
  const log = await tree.addDocker({ namespace: "shop", pod: "web-1", container: "nginx" });
  await log.append([{ text: "half", partial: true }, '<ü> "\u001b[31m&\u2028"']);
  assert.equal(
    await Deno.readTextFile(log.link),
    '{"log":"half","stream":"stdout","time":"1970-01-01T00:00:01.5Z"}\n' +
      '{"log":"\\u003cü\\u003e \\"\\u001b[31m\\u0026\\u2028\\"\\n","stream":"stdout","time":"1970-01-01T00:00:01.500000001Z"}\n',
  );
});

Deno.test("append writes bytes as they are", async () => {
  await using tree = await temporaryTree();
  const log = await tree.addCri({ namespace: "shop", pod: "web-1", container: "nginx" });
  await log.append(new Uint8Array([0xff, 0x0a]));
  await log.append(new Uint8Array([0x00]));
  assert.deepEqual(await Deno.readFile(log.link), new Uint8Array([0xff, 0x0a, 0x00]));
});

Deno.test("runtimeTime leaves out the zeros at the end of a fraction", () => {
  assert.deepEqual([0n, 1n, 10n, 1_700_000_000_120_000_000n].map(runtimeTime), [
    "1970-01-01T00:00:00Z",
    "1970-01-01T00:00:00.000000001Z",
    "1970-01-01T00:00:00.00000001Z",
    "2023-11-14T22:13:20.12Z",
  ]);
});

Deno.test("rotate gives the file the name that the kubelet or Docker gives it, and goes on in a new one", async () => {
  await using tree = await temporaryTree();
  const cri = await tree.addCri({ namespace: "shop", pod: "web-1", container: "nginx" });
  const docker = await tree.addDocker({ namespace: "shop", pod: "web-2", container: "nginx" });
  for (const [log, ending] of [[cri, ".19700101-000001"], [docker, ".1"]] as const) {
    await log.append(["before"]);
    const rotated = await log.rotate();
    await log.append(["after"]);
    assert.equal(rotated, `${log.path}${ending}`);
    assert.match(await Deno.readTextFile(rotated), /before/);
    assert.match(await Deno.readTextFile(log.link), /after/);
    assert.doesNotMatch(await Deno.readTextFile(log.link), /before/);
  }
});
