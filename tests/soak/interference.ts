/**
 * What makes the agent slow from outside: a busy loop on its core, and a tracer that delays its reads.
 *
 * @module
 */

/** The core that the agent and the busy loop share. */
const CORE = "0";

async function run(program: string, args: readonly string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command(program, { args: [...args], stdout: "null", stderr: "piped" })
    .output();
  if (!success) throw new Error(`Cannot run ${program} ${args.join(" ")}: ${new TextDecoder().decode(stderr)}`);
}

/** Puts a process on one core, and a loop beside it that takes so many per cent of that core. */
export async function cpuBurner(pid: number, percent: number): Promise<AsyncDisposable> {
  await run("taskset", ["-a", "-p", "-c", CORE, String(pid)]);
  const loop = `for (;;) { const end = performance.now() + ${percent / 10}; while (performance.now() < end); ` +
    `await new Promise((done) => setTimeout(done, ${Math.max(0, 10 - percent / 10)})); }`;
  const child = new Deno.Command("taskset", { args: ["-c", CORE, Deno.execPath(), "eval", loop], stdin: "null" })
    .spawn();
  return {
    [Symbol.asyncDispose]: async () => {
      try {
        child.kill("SIGKILL");
      } catch (error) {
        // It has ended by itself.
        if (!(error instanceof TypeError || error instanceof Deno.errors.NotFound)) throw error;
      }
      await child.status;
    },
  };
}

/** What goes before a command so that each of its reads of files takes so much longer; nothing for 0. */
export function slowedReads(ms: number): readonly string[] {
  if (ms === 0) return [];
  // The traced process stays this program's child, and only these calls stop.
  return [
    ...["strace", "-D", "-f", "--seccomp-bpf", "-q", "-o", "/dev/null", "-e", "trace=pread64,preadv,preadv2"],
    ...["-e", `inject=pread64,preadv,preadv2:delay_exit=${Math.round(ms * 1_000)}`],
  ];
}
