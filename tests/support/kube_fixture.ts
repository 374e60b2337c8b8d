/**
 * A real API server for tests: kube-apiserver with its etcd in one process, on the loopback address.
 *
 * The binary is no part of this project. It is looked for where the environment variable KUBEFIXTURE says, or unpacked
 * from beside the project; where it is not to be had, tests that need it are to be ignored with {@linkcode MISSING} in
 * their names, so that nobody takes them for passed.
 *
 * @module
 */
import { lastingPort } from "./lasting_port.ts";
import { unpackPeers } from "./peers.ts";

/** To be put behind the name of a test that is ignored for want of the binary. */
export const MISSING = "(ignored: the kubefixture binary is not there)";

/** A running API server. */
export interface KubeFixture extends AsyncDisposable {
  /** The address. */
  readonly server: string;
  /** A kubeconfig that may do everything. */
  readonly adminKubeconfig: string;
  /** Writes a kubeconfig for a user with a client certificate, and returns its path. */
  kubeconfigFor(user: string, options?: { readonly groups?: readonly string[] }): Promise<string>;
  /** Ends the process at once, as a crash would. */
  kill(): Promise<void>;
  /** Starts it again on the same port with the same content. */
  restart(): Promise<void>;
}

/** The path of the binary, or `undefined` where it cannot be had. */
export async function findKubeFixture(): Promise<string | undefined> {
  const named = Deno.env.get("KUBEFIXTURE");
  if (named !== undefined && named !== "") return named;
  if (Deno.build.os !== "linux" || Deno.build.arch !== "x86_64") return undefined;
  const folder = await unpackPeers();
  return folder === undefined ? undefined : `${folder}/kubefixture`;
}

/** Starts an empty API server; it takes about three seconds. */
export async function startKubeFixture(binary: string): Promise<KubeFixture> {
  const dir = await Deno.makeTempDir({ prefix: "kubefixture-" });
  // It wants to be told its ports. Between our letting go of them and its taking them another program may come first.
  let ports = await freePorts();
  let running: Running | undefined;
  for (let attempt = 1; running === undefined; attempt++) {
    try {
      running = await run(binary, { dir, ports });
    } catch (error) {
      if (attempt === 3) throw error;
      ports = await freePorts();
    }
  }
  const { server, adminKubeconfig } = running;

  async function kill(): Promise<void> {
    await running?.end("SIGKILL");
    running = undefined;
  }

  return {
    server,
    adminKubeconfig,
    kubeconfigFor: async (user, { groups = [] } = {}) => {
      const out = `${dir}/${user}.kubeconfig`;
      const args = ["user", "-dir", dir, "-name", user, "-groups", groups.join(","), "-out", out];
      const { success, stderr } = await new Deno.Command(binary, { args }).output();
      if (!success) throw new Error(`Cannot make kubeconfig for ${user}: ${new TextDecoder().decode(stderr)}`);
      return out;
    },
    kill,
    restart: async () => {
      await kill();
      running = await run(binary, { dir, ports });
    },
    [Symbol.asyncDispose]: async () => {
      await kill();
      await Deno.remove(dir, { recursive: true });
    },
  };
}

interface Running {
  readonly server: string;
  readonly adminKubeconfig: string;
  end(signal: Deno.Signal): Promise<void>;
}

interface RunOptions {
  readonly dir: string;
  readonly ports: Ports;
}

async function run(binary: string, { dir, ports }: RunOptions): Promise<Running> {
  const args = ["serve", "-dir", dir, "-port", String(ports.api), "-etcd-port", String(ports.etcd)];
  const child = new Deno.Command(binary, { args, stdin: "null", stdout: "piped", stderr: "piped" }).spawn();
  const ready = Promise.withResolvers<readonly string[]>();
  const complaints = tailOf(child.stderr);
  const output = (async () => {
    let text = "";
    for await (const chunk of child.stdout.pipeThrough(new TextDecoderStream())) {
      text += chunk;
      const found = text.match(/^READY (\S+) (\S+)\n/m);
      if (found !== null) ready.resolve(found);
    }
    ready.reject(new Error(`Cannot start kubefixture: ${await complaints}`));
  })();
  const end = async (signal: Deno.Signal): Promise<void> => {
    child.kill(signal);
    await Promise.all([child.status, output, complaints]);
  };
  try {
    const [, server = "", adminKubeconfig = ""] = await ready.promise;
    return { server, adminKubeconfig, end };
  } catch (error) {
    await Promise.all([child.status, output]);
    throw error;
  }
}

/** The last of what a process said, once it has ended. */
async function tailOf(stream: ReadableStream<Uint8Array>): Promise<string> {
  let text = "";
  for await (const chunk of stream.pipeThrough(new TextDecoderStream())) text = (text + chunk).slice(-4_000);
  return text;
}

interface Ports {
  readonly api: number;
  /** The one above it is taken too. */
  readonly etcd: number;
}

async function freePorts(): Promise<Ports> {
  const [api, etcd] = await Promise.all([lastingPort(), lastingPort()]);
  return { api, etcd };
}
