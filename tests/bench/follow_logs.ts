/**
 * The logs that the bench of live logs makes: empty or short files, a folder each, as the kubelet lays them out, in a
 * folder that goes away.
 *
 * @module
 */
import { numberedLine } from "./follow_protocol.ts";

/** The words of a request by which a log is known. */
export interface LiveLogName {
  /** The pod's namespace. */
  readonly namespace: string;
  /** The pod's name. */
  readonly pod_name: string;
  /** The container's name. */
  readonly container_name: string;
  /** 64 hexadecimal digits. */
  readonly container_id: string;
}

/** One log. */
export interface LiveLog {
  /** How a request names it. */
  readonly name: LiveLogName;
  /** The file itself. */
  readonly path: string;
}

/** A folder of logs. Disposing removes it. */
export interface LiveLogs extends AsyncDisposable {
  /** The folder itself. */
  readonly root: string;
  /** What an agent is told as its containers folder. */
  readonly containers: string;
  /** The logs. */
  readonly logs: readonly LiveLog[];
}

/** Makes so many logs; each begins with `lines` numbered lines. */
export async function makeLiveLogs(count: number, { lines = 0 } = {}): Promise<LiveLogs> {
  const root = await Deno.realPath(await Deno.makeTempDir({ prefix: "live-logs-" }));
  const containers = `${root}/containers`;
  const text = Array.from({ length: lines }, (_, number) => numberedLine(number)).join("");
  const logs = Array.from({ length: count }, (_, index) => makeLog(index, { root, containers, text }));
  return { root, containers, logs, [Symbol.asyncDispose]: () => Deno.remove(root, { recursive: true }) };
}

function makeLog(
  index: number,
  { root, containers, text }: { readonly root: string; readonly containers: string; readonly text: string },
): LiveLog {
  const digits = index.toString(16).padStart(5, "0");
  const name = {
    namespace: "bench",
    pod_name: `deployment-7d9f8c6b5d-${digits}`,
    container_name: "application",
    container_id: digits.padStart(64, "0123456789abcdef"),
  };
  const folder = `${root}/pods/bench_${name.pod_name}_0a1b2c3d-0000-4000-8000-0000000${digits}/application`;
  const path = `${folder}/0.log`;
  Deno.mkdirSync(folder, { recursive: true });
  Deno.mkdirSync(containers, { recursive: true });
  Deno.writeTextFileSync(path, text);
  Deno.symlinkSync(path, `${containers}/${name.pod_name}_bench_application-${name.container_id}.log`);
  return { name, path };
}
