import assert from "#assert";
import { bareContainerId, checkLogName, logFileName, LogNameError, parseLogFileName } from "./log_name.ts";

const ID = "0123456789abcdef";
const name = { namespace: "ns", podName: "pod", containerName: "app", containerId: ID };

Deno.test("parseLogFileName() splits a link's name, and logFileName() puts it together again", () => {
  for (
    const [fileName, wanted] of [
      [`pod_ns_app-${ID}.log`, name],
      [`web-5d4f-x2_kube-system_my-app-v2-${ID}.log`, {
        podName: "web-5d4f-x2",
        namespace: "kube-system",
        containerName: "my-app-v2",
        containerId: ID,
      }],
      [`etcd.node.one_ns_a-${ID.toUpperCase()}.log`, {
        ...name,
        podName: "etcd.node.one",
        containerName: "a",
        containerId: ID.toUpperCase(),
      }],
      [`-pod_ns_a_b-${ID}.log`, { ...name, podName: "-pod", containerName: "a_b" }],
    ] as const
  ) {
    assert.deepEqual(parseLogFileName(fileName), wanted);
    assert.equal(logFileName(wanted), fileName);
  }
});

Deno.test("parseLogFileName() tells names of other files", () => {
  for (
    const fileName of [
      "",
      ".log",
      "pod_ns_app.log",
      `pod_app-${ID}.log`,
      `_ns_app-${ID}.log`,
      `pod__app-${ID}.log`,
      `pod_ns_-${ID}.log`,
      "pod_ns_app-.log",
      `pod_ns_app-${ID}.log.gz`,
      `pod_ns_app-${ID}.log.20241001-054046`,
      `pod_ns_app-${ID}.tmp`,
      `pod_ns_app-${ID}xlog`,
    ]
  ) assert.equal(parseLogFileName(fileName), undefined, fileName);
});

Deno.test("parseLogFileName() of a name that was cut at 255 bytes gives what is left of the id, or nothing", () => {
  const long = `${"p".repeat(180)}_ns_${"c".repeat(60)}`;
  assert.equal(parseLogFileName(`${`${long}-${ID}`.slice(0, 251)}.log`)?.containerId, ID.slice(0, 6));
  assert.equal(parseLogFileName(`${`${long}${"c".repeat(40)}-${ID}`.slice(0, 251)}.log`), undefined);
});

Deno.test("parseLogFileName() is done with a long name in linear time", () => {
  assert.equal(parseLogFileName("-_".repeat(100_000)), undefined);
});

Deno.test("bareContainerId() takes off the runtime's prefix, if there is one", () => {
  for (const runtime of ["containerd://", "docker://", "cri-o://", "://", ""]) {
    assert.equal(bareContainerId(`${runtime}${ID}`), ID);
  }
  assert.equal(bareContainerId("a://b://c"), "b://c");
});

Deno.test("checkLogName() takes names as they come, strange ones as well", () => {
  checkLogName(name);
  for (const podName of ["%2e%2e", "...", ".hidden", "a b", "ünï", "x".repeat(1024), "-rf", "*"]) {
    checkLogName({ ...name, podName });
  }
});

Deno.test("checkLogName() refuses what could lead out of the folder, naming the field and the value", () => {
  const bad = [
    "",
    ".",
    "..",
    "/",
    "\\",
    "a/../b",
    "../pods/victim",
    "..\\up",
    "a\0",
    "x".repeat(1025),
    "ü".repeat(513),
  ];
  for (
    const [field, key] of [
      ["namespace", "namespace"],
      ["pod_name", "podName"],
      ["container_name", "containerName"],
      ["container_id", "containerId"],
    ] as const
  ) {
    for (const value of bad) {
      assert.throws(
        () => checkLogName({ ...name, [key]: value }),
        (error: unknown) =>
          error instanceof LogNameError && error.message.startsWith(`Cannot use ${field} `) &&
          error.message.length < 300,
        `${field} ${JSON.stringify(value.slice(0, 20))}`,
      );
    }
  }
});

Deno.test("checkLogName() refuses names by which the log of another namespace could be meant", () => {
  // All three have the link of the first.
  const theirs = { podName: "cart", namespace: "vault", containerName: "team_c", containerId: ID };
  const meant = { podName: "cart_vault", namespace: "team", containerName: "c", containerId: ID };
  const other = { podName: "cart", namespace: "vault_team", containerName: "c", containerId: ID };
  checkLogName(theirs);
  for (const name of [meant, other]) {
    assert.equal(logFileName(name), logFileName(theirs));
    assert.throws(() => checkLogName(name), LogNameError);
  }
});
