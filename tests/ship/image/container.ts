/**
 * A container of an unpacked image, started by an OCI runtime as a container engine would for a pod.
 *
 * Owns the container and its process. Has to run where it may mount, and in a network of its own: `own_network.ts`.
 *
 * @module
 */
import { inTime } from "../../support/in_time.ts";
import { runtimeDefault } from "./seccomp.ts";

/** What an image says of its program: the part of its configuration that counts here. */
export interface ImageConfig {
  readonly User: string;
  readonly Env: readonly string[];
  readonly Entrypoint: readonly string[];
  readonly WorkingDir: string;
}

/** An unpacked image. */
export interface UnpackedImage {
  /** The folder of its files. */
  readonly rootfs: string;
  /** Its configuration. */
  readonly config: ImageConfig;
}

/** What a pod says of a container; what it leaves out is the image's, or the engine's default. */
export interface ContainerShape {
  /** In place of the image's entry point. */
  readonly command?: readonly string[];
  /** @default {[]} */
  readonly args?: readonly string[];
  /** `runAsUser` and `runAsGroup`. @default {the image's} */
  readonly runAs?: { readonly uid: number; readonly gid: number };
  /** `fsGroup` and `supplementalGroups`. @default {[]} */
  readonly groups?: readonly number[];
  /** `readOnlyRootFilesystem`. @default {false} */
  readonly readOnlyRoot?: boolean;
  /** `allowPrivilegeEscalation`. @default {true} */
  readonly mayEscalate?: boolean;
  /** @default {those that engines give} */
  readonly capabilities?: readonly string[];
  /** `seccompProfile: RuntimeDefault`. @default {false} */
  readonly seccomp?: boolean;
  /** Beside the image's own. @default {{}} */
  readonly env?: Readonly<Record<string, string>>;
  /** Folders of the node by their place in the container, all read-only. @default {{}} */
  readonly mounts?: Readonly<Record<string, string>>;
}

/** What engines give where a pod says nothing of capabilities. */
const DEFAULT_CAPABILITIES = [
  "AUDIT_WRITE CHOWN DAC_OVERRIDE FOWNER FSETID KILL MKNOD NET_BIND_SERVICE NET_RAW SETFCAP SETGID SETPCAP SETUID",
  "SYS_CHROOT",
].flatMap((names) => names.split(" "));

const MASKED = ["/proc/acpi", "/proc/kcore", "/proc/keys", "/proc/timer_list", "/proc/scsi", "/sys/firmware"];
const READ_ONLY = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"];

/** Who a container's process is. */
export interface ProcessUser {
  readonly uid: number;
  readonly gid: number;
  readonly groups: readonly number[];
}

/** Who is to run it. */
export function userOf({ config }: UnpackedImage, { runAs, groups = [] }: ContainerShape): ProcessUser {
  const [uid = 0, gid = 0] = config.User.split(":").map(Number);
  return { ...(runAs ?? { uid, gid }), groups };
}

function capabilitiesOf({ capabilities = DEFAULT_CAPABILITIES }: ContainerShape): readonly string[] {
  return capabilities.map((name) => `CAP_${name}`);
}

/** What an OCI runtime reads of a process in a container. */
function processSpec(image: UnpackedImage, shape: ContainerShape, args: readonly string[]): unknown {
  const { config } = image;
  const { uid, gid, groups } = userOf(image, shape);
  const capabilities = capabilitiesOf(shape);
  const env = { HOSTNAME: "pod-0", ...shape.env };
  return {
    terminal: false,
    user: { uid, gid, additionalGids: groups },
    args,
    env: [...config.Env, ...Object.entries(env).map(([name, value]) => `${name}=${value}`)],
    cwd: config.WorkingDir,
    noNewPrivileges: !(shape.mayEscalate ?? true),
    // The system takes the effective ones away from whoever is not root.
    capabilities: { bounding: capabilities, effective: capabilities, permitted: capabilities },
  };
}

/** What an OCI runtime reads of a container. */
async function runtimeSpec(image: UnpackedImage, shape: ContainerShape): Promise<unknown> {
  const mount = (destination: string, type: string, options: readonly string[]): unknown => {
    return { destination, type, source: type, options };
  };
  return {
    ociVersion: "1.0.0",
    hostname: "pod-0",
    root: { path: image.rootfs, readonly: shape.readOnlyRoot ?? false },
    process: processSpec(image, shape, [...shape.command ?? image.config.Entrypoint, ...shape.args ?? []]),
    mounts: [
      mount("/proc", "proc", ["nosuid", "noexec", "nodev"]),
      mount("/dev", "tmpfs", ["nosuid", "strictatime", "mode=755", "size=65536k"]),
      mount("/dev/shm", "tmpfs", ["nosuid", "noexec", "nodev", "mode=1777", "size=65536k"]),
      ...Object.entries(shape.mounts ?? {}).map(([destination, source]) => ({
        destination,
        type: "bind",
        source,
        options: ["rbind", "rprivate", "ro"],
      })),
    ],
    linux: {
      namespaces: ["pid", "ipc", "uts", "mount"].map((type) => ({ type })),
      ...(shape.seccomp === true ? { seccomp: await runtimeDefault(capabilitiesOf(shape)) } : {}),
      maskedPaths: MASKED,
      readonlyPaths: READ_ONLY,
    },
  };
}

/** What a process said, and how it ended. */
export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A container that runs. Disposing of it kills it. */
export interface Container extends AsyncDisposable {
  /** The id of its process, as this side knows it. */
  readonly pid: number;
  /** What it has printed so far, a line each. */
  readonly log: readonly string[];
  /** Resolves with the exit code. */
  readonly ended: Promise<number>;
  /** Resolves with the first line that matches. */
  line(pattern: RegExp): Promise<string>;
  /** Runs a program in it as the same user, as an exec probe does. */
  exec(command: readonly string[]): Promise<Ended>;
  /** Sends a signal to its process. */
  signal(name: Deno.Signal): Promise<void>;
}

/** How long a line or an end may take. */
const WAIT = { deadlineMs: 30_000 };

const runtime = ["--cgroup-manager=disabled", "--root=/run/image-check"];

/** Starts a container; resolves when its process is there. */
export async function startContainer(image: UnpackedImage, shape: ContainerShape): Promise<Container> {
  const bundle = await Deno.makeTempDir({ prefix: "image-check-" });
  const id = bundle.split("/").at(-1) ?? "";
  const pidFile = `${bundle}/pid`;
  await Deno.writeTextFile(`${bundle}/config.json`, JSON.stringify(await runtimeSpec(image, shape)));
  const child = new Deno.Command("crun", {
    args: [...runtime, "run", `--bundle=${bundle}`, `--pid-file=${pidFile}`, id],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const log: string[] = [];
  let changed = Promise.withResolvers<void>();
  const read = Promise.all([child.stdout, child.stderr].map(async (stream) => {
    const lines = stream.pipeThrough(new TextDecoderStream()).pipeThrough(lineStream());
    for await (const text of lines) {
      log.push(text);
      changed.resolve();
    }
  }));
  let isOver = false;
  const ended = read.then(() => child.status).then(({ code }) => {
    isOver = true;
    changed.resolve();
    return code;
  });

  const appears = async (pattern: RegExp): Promise<string> => {
    for (;;) {
      const found = log.find((text) => pattern.test(text));
      if (found !== undefined) return found;
      if (isOver) throw new Error(`No line ${pattern} in:\n${log.join("\n")}`);
      changed = Promise.withResolvers();
      await changed.promise;
    }
  };
  const line = (pattern: RegExp): Promise<string> =>
    inTime(() => `a line ${pattern} in:\n${log.join("\n")}`, appears(pattern), WAIT);
  await line(/./);
  return {
    pid: Number(await Deno.readTextFile(pidFile)),
    log,
    ended,
    line,
    exec: async (command) => {
      const process = `${bundle}/exec.json`;
      await Deno.writeTextFile(process, JSON.stringify(processSpec(image, shape, command)));
      return await run(["exec", `--process=${process}`, id]);
    },
    signal: async (name) => void await run(["kill", id, name.replace("SIG", "")]),
    [Symbol.asyncDispose]: async () => {
      await run(["kill", id, "KILL"]);
      await inTime(() => "the container has ended", ended);
      await run(["delete", "--force", id]);
      await Deno.remove(bundle, { recursive: true });
    },
  };
}

/** Runs a container to its end, with a text as its standard input. */
export async function runContainer(image: UnpackedImage, shape: ContainerShape, stdin = ""): Promise<Ended> {
  const bundle = await Deno.makeTempDir({ prefix: "image-check-" });
  try {
    await Deno.writeTextFile(`${bundle}/config.json`, JSON.stringify(await runtimeSpec(image, shape)));
    return await run(["run", `--bundle=${bundle}`, bundle.split("/").at(-1) ?? ""], stdin);
  } finally {
    await Deno.remove(bundle, { recursive: true });
  }
}

async function run(args: readonly string[], stdin = ""): Promise<Ended> {
  const child = new Deno.Command("crun", {
    args: [...runtime, ...args],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const written = ReadableStream.from([new TextEncoder().encode(stdin)]).pipeTo(child.stdin);
  const { code, stdout, stderr } = await inTime(() => `the end of crun ${args.join(" ")}`, child.output(), WAIT);
  // A program that has not read its input has closed it.
  await written.catch((error: unknown) => {
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  });
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

function lineStream(): TransformStream<string, string> {
  let rest = "";
  return new TransformStream({
    transform: (chunk, controller) => {
      const lines = (rest + chunk).split("\n");
      rest = lines.pop() ?? "";
      for (const text of lines) controller.enqueue(text);
    },
    flush: (controller) => {
      if (rest !== "") controller.enqueue(rest);
    },
  });
}
