/**
 * Starts a part of a soak's load, in a thread or in a process that can be stopped by a signal, and talks to it.
 *
 * @module
 */
import type { LoadReport } from "./load.ts";
import type { LoadCommand } from "./load_worker.ts";
import type { SoakOrder } from "./load_order.ts";

/** A part of the load that runs. Disposing of it ends it at once. */
export interface LoadHandle extends AsyncDisposable {
  /** The process, where it is one. */
  readonly pid: number | undefined;
  /** What became of it so far. */
  report(): Promise<LoadReport>;
  /** Ends all its streams; resolves with the last report. */
  stop(): Promise<LoadReport>;
  /** Tells that the API server is away, or back. */
  setOutage(isAway: boolean): void;
}

const ANSWER_MS = 60_000;

/** Hands out answers in the order of the questions. */
class Answers {
  readonly #waiting: PromiseWithResolvers<LoadReport>[] = [];

  /** The answer to the question that is put next. */
  async next(): Promise<LoadReport> {
    const answer = Promise.withResolvers<LoadReport>();
    this.#waiting.push(answer);
    const timer = setTimeout(
      () => answer.reject(new Error(`Not within ${ANSWER_MS} ms: a part of the load answers`)),
      ANSWER_MS,
    );
    try {
      return await answer.promise;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Takes the next answer. */
  take(report: LoadReport): void {
    this.#waiting.shift()?.resolve(report);
  }

  /** Nothing more will come. */
  fail(error: Error): void {
    for (const answer of this.#waiting.splice(0)) answer.reject(error);
  }
}

function handleOf(
  { answers, tell, pid, end }: {
    readonly answers: Answers;
    readonly tell: (command: LoadCommand) => void;
    readonly pid?: number;
    readonly end: () => Promise<void>;
  },
): LoadHandle {
  const ask = (command: LoadCommand): Promise<LoadReport> => {
    const answer = answers.next();
    tell(command);
    return answer;
  };
  return {
    pid,
    report: () => ask({ kind: "report" }),
    stop: () => ask({ kind: "stop" }),
    setOutage: (isAway) => tell({ kind: "outage", isAway }),
    [Symbol.asyncDispose]: end,
  };
}

/** Starts it as a thread of this process. */
export function startLoadThread(order: SoakOrder): LoadHandle {
  const worker = new Worker(new URL("./load_worker.ts", import.meta.url), { type: "module" });
  const answers = new Answers();
  worker.onmessage = ({ data }: MessageEvent<LoadReport>): void => answers.take(data);
  worker.onerror = (event): void => {
    event.preventDefault();
    answers.fail(new Error(`Cannot go on with the load: ${event.message}`));
  };
  worker.postMessage({ kind: "start", order });
  return handleOf({
    answers,
    tell: (command) => worker.postMessage(command),
    end: () => Promise.resolve(worker.terminate()),
  });
}

/** Starts it as a process of its own. */
export function startLoadProcess(order: SoakOrder): LoadHandle {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", new URL("./load_worker.ts", import.meta.url).pathname],
    cwd: new URL("../../", import.meta.url),
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const answers = new Answers();
  const writer = child.stdin.getWriter();
  // A process that has ended shows in the answers.
  writer.closed.catch(() => {});
  const encoder = new TextEncoder();
  const tell = (command: LoadCommand): void => {
    const text = JSON.stringify(command, (_, value) => value instanceof Uint8Array ? [...value] : value);
    writer.write(encoder.encode(`${text}\n`)).catch((error: Error) => answers.fail(error));
  };
  const reading = (async (): Promise<void> => {
    let rest = "";
    for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) answers.take(JSON.parse(line));
    }
    answers.fail(new Error("Cannot ask a part of the load: its process has ended"));
  })();
  tell({ kind: "start", order });
  return handleOf({
    answers,
    tell,
    pid: child.pid,
    end: async () => {
      try {
        child.kill("SIGKILL");
      } catch (error) {
        // It has ended by itself.
        if (!(error instanceof TypeError || error instanceof Deno.errors.NotFound)) throw error;
      }
      await reading;
      await child.status;
    },
  });
}
