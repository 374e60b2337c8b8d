/**
 * What a pod of the manifests gives to the programs and takes from them, beside their own permissions.
 *
 * @module
 */
import assert from "#assert";
import { parseAllDocuments } from "yaml";
import { permissionSet } from "../tools/compile/permissions.ts";
import { projectText } from "./support/project.ts";

const PROGRAMS = ["agent", "collector"] as const;

/** The objects of a file of manifests. */
// deno-lint-ignore no-explicit-any -- what a manifest may hold is for the schemas to say
async function objectsOf(file: string): Promise<any[]> {
  return parseAllDocuments(await projectText(`deploy/${file}`)).map((document) => document.toJS());
}

Deno.test("the agent's account may put reviews, and the collector's may read what it watches, and nothing else", async () => {
  const [agent, collector] = await Promise.all(
    PROGRAMS.map(async (program) =>
      (await objectsOf(`${program}/service_account.yaml`)).filter(({ kind }) => kind !== "ServiceAccount")
    ),
  );
  assert.deepEqual(agent?.map(({ kind, roleRef }) => [kind, roleRef?.name]), [
    ["ClusterRoleBinding", "system:auth-delegator"],
  ]);
  const [role, binding, ...more] = collector ?? [];
  assert.deepEqual(more, []);
  assert.deepEqual([role.kind, binding.kind, binding.roleRef.name], [
    "ClusterRole",
    "ClusterRoleBinding",
    role.metadata.name,
  ]);
  const verbs = ["get", "list", "watch"];
  assert.deepEqual(role.rules, [
    { apiGroups: [""], resources: ["pods"], verbs },
    { apiGroups: ["apps"], resources: ["replicasets"], verbs },
    { apiGroups: ["batch"], resources: ["jobs"], verbs },
  ]);
});

Deno.test("both pods run as a user without capabilities, and can write nowhere", async () => {
  for (
    const [program, file] of [["agent", "agent/daemon_set.yaml"], ["collector", "collector/deployment.yaml"]] as const
  ) {
    const [{ spec: { template: { spec: pod } } }] = await objectsOf(file);
    const [container, ...more] = pod.containers;
    assert.deepEqual(more, []);
    const { runAsNonRoot, runAsUser, seccompProfile } = { ...pod.securityContext, ...container.securityContext };
    assert.deepEqual([runAsNonRoot, runAsUser, seccompProfile.type], [Boolean(1), 1000, "RuntimeDefault"], program);
    const { allowPrivilegeEscalation, readOnlyRootFilesystem, capabilities } = container.securityContext;
    assert.deepEqual([allowPrivilegeEscalation, readOnlyRootFilesystem, capabilities], [Boolean(0), Boolean(1), {
      drop: ["ALL"],
    }]);
    const mounts: { readonly mountPath: string; readonly readOnly?: boolean }[] = container.volumeMounts ?? [];
    assert.deepEqual(mounts.filter(({ readOnly }) => readOnly !== Boolean(1)), [], program);
    const { read } = permissionSet(program);
    for (const { mountPath } of mounts) assert.ok(read.includes(mountPath), mountPath);
    assert.deepEqual([pod.hostNetwork, pod.hostPID, pod.hostIPC, container.envFrom], Array(4).fill(undefined));
  }
});

Deno.test("both pods may connect to the API server, and the collector to its reducer or relay; other ports are closed", async () => {
  const egress = await Promise.all(PROGRAMS.map(async (program) => {
    const policies = await objectsOf(`${program}/network_policy.yaml`);
    for (const { spec } of policies) assert.deepEqual(spec.policyTypes, ["Ingress", "Egress"]);
    return policies.flatMap(({ spec }) => spec.egress).flatMap(({ ports }) => ports).map(({ port }) => port);
  }));
  assert.deepEqual(egress, [[443, 6443], [443, 6443, 53, 53, 8000, 8712]]);
});
