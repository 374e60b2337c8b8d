/**
 * Pods that are nowhere, for a trial without a cluster: always the same, one after the other.
 *
 * In each round a ReplicaSet of a Deployment, a pod of it that is deleted after a while, and a pod that belongs to
 * nobody.
 *
 * @module
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Source } from "./collect.ts";
import type { Pod } from "./pod.ts";

/** How made-up pods come. */
export interface SyntheticSourceOptions {
  /** Waits between the steps. @default {a timer} */
  readonly pause?: (ms: number, options: { readonly signal: AbortSignal }) => Promise<unknown>;
}

/** A source of made-up pods. */
export function syntheticSource(options: SyntheticSourceOptions = {}): Source {
  const { pause = (ms, { signal }) => sleep(ms, undefined, { signal }) } = options;
  return async (listener, { signal }) => {
    try {
      for (let round = 0; !signal.aborted; round++) {
        const deployment = { kind: "Deployment", uid: `RS-OWNER-UID-${round}`, name: `RS-OWNER-Name-${round}` };
        const replicaSet = { kind: "ReplicaSet", uid: `RS-UID-${round}`, name: `RS-${round}` };
        const pod: Pod = {
          uid: `POD-UID-${round}`,
          ip: "192.168.1.1",
          name: `POD-N-${round}`,
          namespace: `POD-NS-${round}`,
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
        listener.pod({ type: "Apply", object: { ...pod, uid: `POD-UID-NO-OWNER${round}`, owner: undefined } });
        await pause(500, { signal });
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  };
}
