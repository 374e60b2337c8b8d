/**
 * What lets a pod read its node's logs: the cure for a file or folder that it may not read.
 *
 * @module
 */
import type { ProcessIds } from "../lifecycle/process_user.ts";
import type { Barrier } from "../logs/log_access.ts";

/** The cure where it cannot be known what stands in the way. */
const GENERAL_ADVICE = groupAdvice(0);
/** Holds for the files, when it is their folder that stands in the way. */
const OWNER_ONLY = "logs of mode 0600 need root without capabilities";

/** Returns a mode and its owner as `ls -l` does by numbers: `0640 0:0`. */
export function barrierText({ mode, uid, gid }: Barrier): string {
  return `mode ${mode.toString(8).padStart(4, "0")}, owner ${uid}:${gid}`;
}

/** Returns what to change so that a process with such ids gets past a barrier. */
export function logAccessAdvice(barrier: Barrier | undefined, ids: ProcessIds | undefined): string {
  if (barrier === undefined) return `${GENERAL_ADVICE}; ${OWNER_ONLY}`;
  const { uid, gid, mode, isFolder } = barrier;
  const needed = isFolder ? 0o1 : 0o4;
  const isAllowed = { owner: (mode >> 6 & needed) > 0, group: (mode >> 3 & needed) > 0, other: (mode & needed) > 0 };
  const is = ids?.uid === uid ? "owner" : ids?.groups.includes(gid) ? "group" : "other";
  if (ids !== undefined && isAllowed[is]) {
    return "Its mode allows it, so a security module forbids it: run with a profile that may read the node's logs, " +
      "such as SELinux type container_logreader_t or spc_t";
  }
  if (isAllowed.group && is !== "group") return groupAdvice(gid) + (isFolder ? `; ${OWNER_ONLY}` : "");
  if (isAllowed.owner && is !== "owner") return ownerAdvice(uid);
  return "Its mode lets nobody read it: change the mode";
}

function groupAdvice(gid: number): string {
  return `Run with group ${gid}: runAsGroup: ${gid}, or supplementalGroups: [${gid}] or fsGroup: ${gid} ` +
    "in the pod's securityContext";
}

function ownerAdvice(uid: number): string {
  const who = uid === 0 ? "root without capabilities" : `user ${uid}`;
  return `Only its owner may read it: run as ${who}, with runAsUser: ${uid}, runAsGroup: 0 and ` +
    "capabilities: { drop: [ALL] } in the container's securityContext";
}
