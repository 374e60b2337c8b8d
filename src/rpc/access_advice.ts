/**
 * What helps where the system, or Deno, does not let the agent open a log.
 *
 * @module
 */

/** Fields of a log line. */
export type AccessAdvice = {
  /** The user and the groups of the process. */
  readonly runsAs?: string;
  /** What to change. */
  readonly advice?: string;
};

/** Advice for an error of the file system, or the text of one; none where it is not about rights. */
export function accessAdvice(error: unknown, { runsAs }: { readonly runsAs: string | undefined }): AccessAdvice {
  const text = error instanceof Error ? `${error.name}: ${(error as { readonly code?: string }).code}` : String(error);
  if (text.startsWith("NotCapable")) {
    return { advice: "Add the folder that the log lies in to --allow-read, or to EXTRA_READ when the image is built" };
  }
  if (!/^PermissionDenied\b|\b(?:EACCES|EPERM)$|\bPermission denied\b/.test(text)) return {};
  return {
    runsAs: runsAs ?? "unknown: that takes --allow-sys=uid,gid",
    advice: ADVICE,
  };
}

const ADVICE =
  "Let the agent's user or one of its groups read the file and enter its folders. Of mode 0640, the kubelet's " +
  "belong to group 0, which a pod gets by securityContext.supplementalGroups: [0]; of mode 0600, only root reads them";
