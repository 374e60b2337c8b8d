/**
 * Which logs the pods of the manifests may open: the kernel is asked, as the user, the group and with the capabilities
 * that each pod has. Only root can become somebody else.
 *
 * @module
 */
import assert from "#assert";
import { check, runProgram } from "./check.ts";
import { buildAll, one, podTemplate } from "./manifests.ts";

/** Modes of logs, all root's: those of containerd and Docker, and those of an older CRI-O. */
const MODES = [0o640, 0o600];

/** Which of them each may read. */
const READABLE: Readonly<Record<string, readonly number[]>> = {
  "agent": [0o640],
  "overlays/production": [0o640],
  "overlays/side-by-side": [0o640],
  "overlays/root-logs": [0o640, 0o600],
};

const NAME = "the pods of the manifests may read logs of the modes that are told";
if (Deno.uid() !== 0) Deno.test({ name: `${NAME} (SKIPPED: only root can try)`, ignore: true, fn: () => {} });
else {
  await check(NAME, ["kustomize", "setpriv"], async (kustomize, setpriv) => {
    const builds = new Map((await buildAll(kustomize)).map(({ name, manifests }) => [name, manifests]));
    const dir = await Deno.makeTempDir({ prefix: "logs-" });
    try {
      // As the kubelet makes /var/log/pods.
      await Deno.chmod(dir, 0o750);
      for (const mode of MODES) {
        await Deno.writeTextFile(`${dir}/${mode}`, "a line\n");
        await Deno.chmod(`${dir}/${mode}`, mode);
      }
      for (const [name, readable] of Object.entries(READABLE)) {
        const pod = podTemplate(one(builds.get(name) ?? [], "DaemonSet"))?.["spec"];
        const [{ securityContext }] = pod.containers;
        assert.deepEqual(securityContext.capabilities, { drop: ["ALL"] });
        const { runAsUser, runAsGroup, fsGroup, supplementalGroups } = pod.securityContext;
        assert.deepEqual([fsGroup, supplementalGroups], [undefined, undefined]);
        const as = [`--reuid=${runAsUser}`, `--regid=${runAsGroup}`, "--clear-groups", "--no-new-privs"];
        const none = ["--inh-caps=-all", "--bounding-set=-all"];
        const found: number[] = [];
        for (const mode of MODES) {
          const { code } = await runProgram(setpriv, [...as, ...none, "cat", `${dir}/${mode}`]);
          if (code === 0) found.push(mode);
        }
        assert.deepEqual(found, readable, name);
      }
    } finally {
      await Deno.remove(dir, { recursive: true });
    }
  });
}
