/**
 * The programs that are shipped, and how each is run: with which flags of V8, and in which environment.
 *
 * What a program may do is in deno.json, in the permission set of its name.
 *
 * @module
 */

/** The name of a program, and of its permission set. */
export type ProgramName = "agent" | "collector";

/** How a program is shipped. */
export interface ShippedProgram {
  /** Its file. */
  readonly executable: string;
  /** Its entry in the bundle. */
  readonly entry: string;
  /** How V8 keeps its memory. */
  readonly v8Flags: readonly string[];
  /** How the C library keeps its memory; only the environment can tell it. */
  readonly env: Readonly<Record<string, string>>;
}

/**
 * One heap for all threads: each further one keeps megabytes that nobody uses. What is freed goes back to the system:
 * with any threshold set, neither it nor the one for large pieces grows by itself. And when the agent asks for it, the
 * holes in that heap do as well.
 */
const MALLOC = { MALLOC_ARENA_MAX: "1", MALLOC_TRIM_THRESHOLD_: "131072", DENO_USR2_MEMORY_TRIM: "1" };

/** The programs. */
export const PROGRAMS: Readonly<Record<ProgramName, ShippedProgram>> = {
  agent: {
    executable: "cluster-agent",
    entry: "agent.js",
    v8Flags: [
      "--max-semi-space-size=1",
      "--heap-growing-percent=20",
      "--max-old-space-size=192",
      "--expose-gc",
    ],
    env: MALLOC,
  },
  collector: {
    executable: "cluster-collector",
    entry: "collector.js",
    v8Flags: ["--max-semi-space-size=4", "--heap-growing-percent=5"],
    env: MALLOC,
  },
};

/**
 * Whether there can be traces is fixed when a program is compiled. There can; metrics and the console stay out. The
 * image's sampler leaves traces out until somebody sets another one. One propagator, the one that is used: of two, Deno
 * writes now one and now the other first.
 */
export const TELEMETRY: Readonly<Record<string, string>> = {
  OTEL_DENO: "true",
  OTEL_DENO_METRICS: "false",
  OTEL_DENO_CONSOLE: "ignore",
  OTEL_PROPAGATORS: "tracecontext",
};
