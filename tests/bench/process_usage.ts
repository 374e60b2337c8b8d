/**
 * What a process has used, as Linux tells it under `/proc`.
 *
 * @module
 */

/** Ticks of the counters in `/proc/PID/stat`; the same on every machine that the agent runs on. */
const TICKS_PER_SECOND = 100;

/** Processor time of the process so far, all of its threads, in milliseconds; counted in steps of ten. */
export async function readCpuMs(pid: number): Promise<number> {
  return cpuMsOf(await Deno.readTextFile(`/proc/${pid}/stat`));
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
