/**
 * Synthetic pods, for a trial without a cluster: always the same, one after the other.
 *
 * A cycle has a ReplicaSet of a Deployment, a pod of it that is deleted after a while, and a pod without an owner.
 *
 * @module
 */
import { sleep } from "../scheduling/sleep.ts";
import type { Source } from "./collect.ts";
import type { Pod } from "./pod.ts";

/** How synthetic pods come. */
export interface SyntheticSourceOptions {
  /** Waits between the steps. @default {a timer} */
  readonly pause?: (ms: number, options: { readonly signal: AbortSignal }) => Promise<unknown>;
}

/** Returns a source of synthetic pods. */
export function syntheticSource(options: SyntheticSourceOptions = {}): Source {
  const { pause = sleep } = options;
  return async (listener, { signal }) => {
    try {
      for (let cycle = 0; !signal.aborted; cycle++) {
        const deployment = { kind: "Deployment", uid: `RS-OWNER-UID-${cycle}`, name: `RS-OWNER-Name-${cycle}` };
        const replicaSet = { kind: "ReplicaSet", uid: `RS-UID-${cycle}`, name: `RS-${cycle}` };
        const pod: Pod = {
          uid: `POD-UID-${cycle}`,
          ip: "192.168.1.1",
          name: `POD-N-${cycle}`,
          namespace: `POD-NS-${cycle}`,
          owner: replicaSet,
          hostNetwork: false,
          version: "",
          containers: [],
        };
        listener.owner("replicasets", { type: "Apply", object: { uid: replicaSet.uid, controller: deployment } });
        listener.pod({ type: "Apply", object: pod });
        await pause(100, { signal });
        listener.pod({ type: "Delete", object: pod });
        await pause(100, { signal });
        listener.pod({ type: "Apply", object: { ...pod, uid: `POD-UID-NO-OWNER${cycle}`, owner: undefined } });
        await pause(500, { signal });
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  };
}
