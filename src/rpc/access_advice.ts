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

/** The cure for logs that the runtime itself refuses to read. */
export const RUNTIME_ADVICE =
  "Add the folder that the log lies in to --allow-read, or to EXTRA_READ when the image is built";
/** What is told of a user that may not be asked for. */
export const UNKNOWN_USER = "unknown: that takes --allow-sys=uid,gid";

/** Advice for an error of the file system, or the text of one; none where it is not about rights. */
export function accessAdvice(error: unknown, { runsAs }: { readonly runsAs: string | undefined }): AccessAdvice {
  const text = error instanceof Error ? `${error.name}: ${(error as { readonly code?: string }).code}` : String(error);
  if (text.startsWith("NotCapable")) return { advice: RUNTIME_ADVICE };
  if (!/^PermissionDenied\b|\b(?:EACCES|EPERM)$|\bPermission denied\b/.test(text)) return {};
  return {
    runsAs: runsAs ?? UNKNOWN_USER,
    advice: ADVICE,
  };
}

const ADVICE =
  "Let the agent's user or one of its groups read the file and enter its folders. Of mode 0640, the kubelet's " +
  "belong to group 0, which a pod gets by securityContext.supplementalGroups: [0]; of mode 0600, only root reads them";
