/**
 * Names of container logs: what the kubelet's links in `/var/log/containers` say, and what a request may say.
 *
 * Form: kubernetes, `pkg/kubelet/kuberuntime/legacy.go`, `<pod>_<namespace>_<container>-<id>.log`. Owns the check that
 * a request's names cannot leave the folder; does not touch the file system.
 *
 * @module
 */

/** Which container's log, in the parts of its link's name. */
export interface LogName {
  /** The pod's namespace. */
  readonly namespace: string;
  /** The pod's name. */
  readonly podName: string;
  /** The container's name; may hold hyphens. */
  readonly containerName: string;
  /** The bare container id, without `containerd://`. */
  readonly containerId: string;
}

/** Names in a request that cannot be those of a log. */
export class LogNameError extends TypeError {
  /** The class, as an error log shows it. */
  override readonly name = "LogNameError";
}

const LINK = /^([^_]+)_([^_]+)_(.+)-([^-]+)\.log$/;

/** The parts of a link's name, or `undefined` for a file that is no container log. */
export function parseLogFileName(fileName: string): LogName | undefined {
  const parts = LINK.exec(fileName);
  if (parts === null) return undefined;
  const [, podName = "", namespace = "", containerName = "", containerId = ""] = parts;
  return { podName, namespace, containerName, containerId };
}

/** The name of the link of a container's log. */
export function logFileName(name: LogName): string {
  return `${name.podName}_${name.namespace}_${name.containerName}-${name.containerId}.log`;
}

/** The container id without the runtime's prefix: `containerd://abc` is `abc`. */
export function bareContainerId(id: string): string {
  const scheme = id.indexOf("://");
  return scheme < 0 ? id : id.slice(scheme + 3);
}

const MAX_NAME_BYTES = 1024;
const encoder = new TextEncoder();

/**
 * Refuses names that could not be the parts of a link's name, or could name another file than they seem to: empty,
 * over 1,024 bytes, `.` or `..`, or with a slash, a backslash or NUL in it. So is an underscore in the names of pod and
 * namespace: a link's name has it between its parts, and would be that of a log of another namespace.
 *
 * @throws {LogNameError} naming the field
 */
export function checkLogName(name: LogName): void {
  checkPart("namespace", name.namespace);
  checkPart("pod_name", name.podName);
  checkPart("container_name", name.containerName);
  checkPart("container_id", name.containerId);
  for (const [field, value] of [["namespace", name.namespace], ["pod_name", name.podName]] as const) {
    if (value.includes("_")) throw unusable(field, value, "it must not hold an underscore");
  }
}

/**
 * Refuses a name that is longer than any name in a cluster.
 *
 * @throws {LogNameError} naming the field
 */
export function checkNameLength(field: string, value: string): void {
  // By units first: the bytes of a long text are not made only to be counted.
  if (value.length > MAX_NAME_BYTES || encoder.encode(value).length > MAX_NAME_BYTES) {
    throw unusable(field, value, `it is over ${MAX_NAME_BYTES} bytes`);
  }
}

function checkPart(field: string, value: string): void {
  checkNameLength(field, value);
  const problem = value === ""
    ? "it is empty"
    : value === "." || value === ".." || /[/\\\0]/.test(value)
    ? "it must not hold a slash, a backslash or NUL, nor be . or .."
    : undefined;
  if (problem !== undefined) throw unusable(field, value, problem);
}

function unusable(field: string, value: string, problem: string): LogNameError {
  return new LogNameError(`Cannot use ${field} ${JSON.stringify(value.slice(0, 100))}: ${problem}`);
}
