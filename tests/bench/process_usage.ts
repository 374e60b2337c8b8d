/**
 * What a process has used, as Linux tells it under `/proc`.
 *
 * @module
 */

/** Ticks of the counters in `/proc/PID/stat`; the same on every machine that the agent runs on. */
const TICKS_PER_SECOND = 100;
const STEP_MS = 1_000 / TICKS_PER_SECOND;

/** Processor time of the process so far, all of its threads, in milliseconds; counted in steps of ten. */
export async function readCpuMs(pid: number): Promise<number> {
  return cpuMsOf(await Deno.readTextFile(`/proc/${pid}/stat`));
}

/** What the threads of a process have used so far. */
export interface CpuUsage {
  /** As {@linkcode readCpuMs}, in steps of ten. */
  readonly ms: number;
  /** Nanoseconds of each thread that lives; empty where the system does not count them. */
  readonly threads: ReadonlyMap<string, number>;
}

/** Processor time of the process so far, and of each of its threads. */
export async function readCpuUsage(pid: number): Promise<CpuUsage> {
  const threads = new Map<string, number>();
  for await (const { name } of Deno.readDir(`/proc/${pid}/task`)) {
    try {
      const [nanos] = (await Deno.readTextFile(`/proc/${pid}/task/${name}/schedstat`)).split(" ");
      threads.set(name, Number(nanos));
    } catch (error) {
      // It has ended meanwhile, or the system does not count.
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  return { ms: await readCpuMs(pid), threads };
}

/**
 * Processor time between two readings, in milliseconds: that of the threads, which is exact, unless a thread has ended
 * and has taken its time with it.
 */
export function cpuMsBetween(before: CpuUsage, after: CpuUsage): number {
  const steps = after.ms - before.ms;
  let nanos = 0;
  for (const [thread, value] of after.threads) nanos += value - (before.threads.get(thread) ?? 0);
  const exact = nanos / 1e6;
  return exact < steps - 2 * STEP_MS ? steps : exact;
}

/** The most memory that the process has held since the last {@linkcode resetPeakRss}, in bytes. */
export async function readPeakRss(pid: number): Promise<number> {
  return peakRssOf(await Deno.readTextFile(`/proc/${pid}/status`));
}

/** The memory that the process holds now, in bytes. */
export async function readRss(pid: number): Promise<number> {
  return kilobytesOf(await Deno.readTextFile(`/proc/${pid}/status`), "VmRSS") * 1024;
}

/** How many descriptors the process has open. */
export async function readDescriptors(pid: number): Promise<number> {
  return (await Array.fromAsync(Deno.readDir(`/proc/${pid}/fd`))).length;
}

/** Begins the measuring of peak memory anew. */
export async function resetPeakRss(pid: number): Promise<void> {
  await Deno.writeTextFile(`/proc/${pid}/clear_refs`, "5");
}

/** User and system time of a `stat` file; the name in it may hold blanks and brackets. */
export function cpuMsOf(stat: string): number {
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const ticks = Number(fields[11]) + Number(fields[12]);
  if (Number.isNaN(ticks)) throw new TypeError(`Cannot read processor times: "${stat}"`);
  return ticks * 1_000 / TICKS_PER_SECOND;
}

/** `VmHWM` of a `status` file, in bytes. */
export function peakRssOf(status: string): number {
  return kilobytesOf(status, "VmHWM") * 1024;
}

function kilobytesOf(status: string, key: string): number {
  const kilobytes = RegExp(`^${key}:\\s+(\\d+) kB$`, "m").exec(status)?.[1];
  if (kilobytes === undefined) throw new TypeError(`Cannot read ${key}: "${status}"`);
  return Number(kilobytes);
}
