/**
 * A folder of container logs, laid out as the kubelet and the container runtimes lay them out, and a hand to write
 * them.
 *
 * Below the given folder: `var/log/containers` with one link per container, `var/log/pods` with a folder per pod, and
 * `var/lib/docker/containers` for what Docker writes. Links are absolute, as the kubelet's are. Times count up from the
 * clock unless a line brings its own, so that no two lines of a log have the same one. Knows nothing of the agent.
 *
 * @module
 */

/** Which container a log is of. */
export interface ContainerName {
  /** The pod's namespace. */
  readonly namespace: string;
  /** The pod's name. */
  readonly pod: string;
  /** The container's name. */
  readonly container: string;
  /** 64 hexadecimal digits, as runtimes give them. @default random ones */
  readonly id?: string;
  /** The pod's uid. @default one that belongs to the namespace and the pod */
  readonly uid?: string;
}

/** One line as the container's runtime writes it. */
export interface LogLine {
  /** Without a line end. */
  readonly text: string;
  /** Nanoseconds since 1970. @default just after the line before, at least the clock's time */
  readonly time?: bigint;
  /** @default {"stdout"} */
  readonly stream?: "stdout" | "stderr";
  /** Whether the rest of a long line follows. @default {false} */
  readonly partial?: boolean;
}

/** One container's log. */
export interface ContainerLog {
  /** The pod's namespace. */
  readonly namespace: string;
  /** The pod's name. */
  readonly pod: string;
  /** The container's name. */
  readonly container: string;
  /** 64 hexadecimal digits. */
  readonly id: string;
  /** The id as the API server tells it, `containerd://…` or `docker://…`. */
  readonly runtimeId: string;
  /** The link in the containers folder. */
  readonly link: string;
  /** The file that is written to, at the end of all links. */
  readonly path: string;
  /** Writes lines at the end, in one piece; a string is a line of its own. Bytes are written as they are. */
  append(lines: readonly (string | LogLine)[] | Uint8Array): Promise<void>;
  /**
   * Gives the file another name, as the kubelet or Docker does when it is large enough, and puts an empty one in its
   * place; resolves to the other path. Docker's earlier one is lost, as it is where two files are kept.
   */
  rotate(): Promise<string>;
}

/** The folder. */
export interface LogTree {
  /** Holds the links. */
  readonly containersDir: string;
  /** Holds the pods' folders. */
  readonly podsDir: string;
  /** Holds Docker's folders. */
  readonly dockerDir: string;
  /** Makes the log of a container whose runtime writes the CRI format. */
  addCri(name: ContainerName): Promise<ContainerLog>;
  /** Makes the log of a container that runs under Docker. */
  addDocker(name: ContainerName): Promise<ContainerLog>;
}

/** A tree's clock. */
export interface LogTreeOptions {
  /** Nanoseconds since 1970. @default the system's, which is exact to the millisecond */
  readonly now?: () => bigint;
}

/** Makes the folders below `dir`, which is there. */
export async function createLogTree(dir: string, options: LogTreeOptions = {}): Promise<LogTree> {
  const { now = () => BigInt(Date.now()) * 1_000_000n } = options;
  const containersDir = `${dir}/var/log/containers`;
  const podsDir = `${dir}/var/log/pods`;
  const dockerDir = `${dir}/var/lib/docker/containers`;
  for (const folder of [containersDir, podsDir, dockerDir]) await Deno.mkdir(folder, { recursive: true });

  async function add(name: ContainerName, format: "cri" | "docker"): Promise<ContainerLog> {
    const { namespace, pod, container } = name;
    const id = name.id ?? crypto.getRandomValues(new Uint8Array(32)).toHex();
    const podDir = `${podsDir}/${namespace}_${pod}_${name.uid ?? await uidOf(`${namespace}/${pod}`)}`;
    const podPath = `${podDir}/${container}/0.log`;
    await Deno.mkdir(`${podDir}/${container}`, { recursive: true });
    const path = format === "cri" ? podPath : `${dockerDir}/${id}/${id}-json.log`;
    if (format === "docker") {
      await Deno.mkdir(`${dockerDir}/${id}`);
      await Deno.symlink(path, podPath);
    }
    await Deno.writeFile(path, new Uint8Array());
    const link = `${containersDir}/${pod}_${namespace}_${container}-${id}.log`;
    await Deno.symlink(podPath, link);

    const textOf = format === "cri" ? criLine : dockerLine;
    let last = 0n;
    return {
      namespace,
      pod,
      container,
      id,
      runtimeId: `${format === "cri" ? "containerd" : "docker"}://${id}`,
      link,
      path,
      append: async (lines) => {
        const bytes = lines instanceof Uint8Array ? lines : new TextEncoder().encode(
          lines.map((line) => {
            const { time = later(now(), last), ...rest } = typeof line === "string" ? { text: line } : line;
            last = time;
            return textOf({ stream: "stdout", partial: false, ...rest, time });
          }).join(""),
        );
        await Deno.writeFile(path, bytes, { append: true });
      },
      rotate: async () => {
        const rotated = `${path}.${format === "cri" ? rotationTime(now()) : 1}`;
        await Deno.rename(path, rotated);
        await Deno.writeFile(path, new Uint8Array(), { append: true });
        return rotated;
      },
    };
  }

  return {
    containersDir,
    podsDir,
    dockerDir,
    addCri: (name) => add(name, "cri"),
    addDocker: (name) => add(name, "docker"),
  };
}

/** A time as runtimes write it: RFC 3339 in UTC, without the zeros at the end of the fraction. */
export function runtimeTime(nanoseconds: bigint): string {
  const seconds = new Date(Number(nanoseconds / 1_000_000_000n) * 1000).toISOString().slice(0, 19);
  const fraction = String(nanoseconds % 1_000_000_000n).padStart(9, "0").replace(/0+$/, "");
  return fraction === "" ? `${seconds}Z` : `${seconds}.${fraction}Z`;
}

/** Kubernetes, `pkg/kubelet/logs`: what the name of a rotated file ends in. */
function rotationTime(nanoseconds: bigint): string {
  return runtimeTime(nanoseconds).replace(/[-:]|\..*|Z/g, "").replace("T", "-");
}

/** Kubernetes, "CRI container logging": time, stream, tags, text; `P` is a part, `F` the last one. */
function criLine({ time, stream, partial, text }: Required<LogLine>): string {
  return `${runtimeTime(time)} ${stream} ${partial ? "P" : "F"} ${text}\n`;
}

/** moby, `daemon/logger/jsonfilelog`: the text keeps its line end, which a part does not have. */
function dockerLine({ time, stream, partial, text }: Required<LogLine>): string {
  const json = JSON.stringify({ log: partial ? text : `${text}\n`, stream, time: runtimeTime(time) });
  return `${json.replace(/[<>&\u2028\u2029]/g, unicodeEscape)}\n`;
}

/** Go's JSON encoder writes these so. */
function unicodeEscape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

function later(now: bigint, last: bigint): bigint {
  return now > last ? now : last + 1n;
}

/** A uid that is the same for the same text. */
async function uidOf(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return new Uint8Array(digest).toHex().replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, "$1-$2-$3-$4-$5");
}
