/**
 * A control group for an agent, as a container has: its limit, and what it is charged with.
 *
 * The runtime's file is copied and its pages are dropped first. A group is charged with the pages that its processes
 * are the first to read, so that this one pays for the program as a container does on a node that has just pulled it.
 *
 * Takes root, and control groups of version 1 or 2.
 *
 * @module
 */
import { outputOf } from "./_output_of.ts";

/** What a group is charged with, in MiB. */
export interface GroupMemory {
  /**
   * All but the pages of files that were not used lately: the kubelet's working set, by which it reports and evicts.
   */
  readonly workingSet: number;
  /** What cannot be dropped: memory of processes, of the kernel for them, and of sockets. At the limit, it kills. */
  readonly kept: number;
  /** The part of it that is the kernel's: page tables, sockets and what is in them. */
  readonly kernel: number;
}

/** A group without processes. Disposing removes it; its processes have to have ended. */
export interface MemoryGroup extends AsyncDisposable {
  /** What comes before a program and its words to start it in the group. */
  readonly command: readonly string[];
  /** The copy of the runtime. */
  readonly program: string;
  /** What it is charged with now. */
  memory(): Promise<GroupMemory>;
}

const MIB = 1024 * 1024;
const PARENTS = { v1: "/sys/fs/cgroup/memory", v2: "/sys/fs/cgroup" } as const;

/** Makes a group whose processes are killed when they need more than `limit` MiB together. */
export async function makeMemoryGroup(limit: number): Promise<MemoryGroup> {
  const version = (await outputOf("sh", "-c", `[ -d ${PARENTS.v1} ] && echo v1 || echo v2`)).trim() as "v1" | "v2";
  const folder = `${PARENTS[version]}/agent-${crypto.randomUUID()}`;
  const { set, read } = { v1: { set: setV1, read: readV1 }, v2: { set: setV2, read: readV2 } }[version];
  await outputOf("mkdir", folder);
  await set(folder, limit * MIB);
  const programs = await Deno.makeTempDir({ prefix: "memory-group-" });
  const program = `${programs}/deno`;
  const copy = 'cp "$1" "$2" && sync "$2" && dd if="$2" iflag=nocache count=0 status=none';
  await outputOf("sh", "-c", copy, "sh", Deno.execPath(), program);
  return {
    command: ["sh", "-c", 'echo $$ > "$1/cgroup.procs"; shift; exec "$@"', "sh", folder],
    program,
    memory: () => read(folder),
    [Symbol.asyncDispose]: async () => {
      await outputOf("rmdir", folder);
      await Deno.remove(programs, { recursive: true });
    },
  };
}

const write = (path: string, text: string): Promise<string> =>
  outputOf("sh", "-c", 'echo "$1" > "$2"', "sh", text, path);

async function setV1(folder: string, bytes: number): Promise<void> {
  await write(`${folder}/memory.limit_in_bytes`, `${bytes}`);
  // What sockets hold is counted only where it has a limit.
  await write(`${folder}/memory.kmem.tcp.limit_in_bytes`, `${bytes}`);
}

async function readV1(folder: string): Promise<GroupMemory> {
  const files = [
    "memory.usage_in_bytes",
    "memory.kmem.usage_in_bytes",
    "memory.kmem.tcp.usage_in_bytes",
    "memory.stat",
  ];
  const [usage, kmem, tcp, stat] = await numbersIn(folder, files);
  const kernel = only(kmem) + only(tcp);
  return inMib({
    workingSet: only(usage) + only(tcp) - named(stat, "total_inactive_file"),
    kept: named(stat, "total_rss") + kernel,
    kernel,
  });
}

async function setV2(folder: string, bytes: number): Promise<void> {
  await write(`${folder}/memory.max`, `${bytes}`);
}

async function readV2(folder: string): Promise<GroupMemory> {
  const [current, stat] = await numbersIn(folder, ["memory.current", "memory.stat"]);
  // "kernel" has no sockets, and "slab" and others are parts of it.
  const kernel = named(stat, "kernel") + named(stat, "sock");
  return inMib({
    workingSet: only(current) - named(stat, "inactive_file"),
    kept: named(stat, "anon") + named(stat, "shmem") + kernel,
    kernel,
  });
}

/** Each file's numbers by the word before them; a file of one number has it by the empty word. */
async function numbersIn(folder: string, files: readonly string[]): Promise<readonly Map<string, number>[]> {
  const text = await outputOf("sh", "-c", 'cd "$1"; shift; for f; do cat "$f"; echo; done', "sh", folder, ...files);
  const parts = text.split(/\n\n/).filter((part) => part.trim() !== "");
  return parts.map((part) => {
    const lines = part.trim().split("\n").map((line) => line.split(" "));
    return new Map(lines.map((words) => [words.length > 1 ? words[0] ?? "" : "", Number(words.at(-1))]));
  });
}

function only(numbers: Map<string, number> | undefined): number {
  return named(numbers, "");
}

function named(numbers: Map<string, number> | undefined, name: string): number {
  const number = numbers?.get(name);
  if (number === undefined || !Number.isFinite(number)) throw new TypeError(`Cannot read "${name}" of a control group`);
  return number;
}

function inMib({ workingSet, kept, kernel }: GroupMemory): GroupMemory {
  return { workingSet: workingSet / MIB, kept: kept / MIB, kernel: kernel / MIB };
}

/** The larger one of each figure. */
export function mostOf(a: GroupMemory, b: GroupMemory): GroupMemory {
  return {
    workingSet: Math.max(a.workingSet, b.workingSet),
    kept: Math.max(a.kept, b.kept),
    kernel: Math.max(a.kernel, b.kernel),
  };
}
