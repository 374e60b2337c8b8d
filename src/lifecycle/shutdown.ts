/**
 * What SIGINT and SIGTERM do: the first one lets open work end within a grace time and then ends the process, the
 * second one ends it at once. The rule for the exit code:
 *
 * | code | when |
 * |---|---|
 * | 0 | the work ended, by itself or because it was cut off when the grace time was over |
 * | 1 | the work could not be ended: `drain` failed, or still waits {@link FORCE_MS} after it was told to stop |
 * | 130, 143 | a second signal came (128 and the number of SIGINT, SIGTERM) |
 *
 * What the open work is, and how it ends, is the caller's `drain`. To be called first thing: until then, a signal ends
 * the process in the way of the platform.
 * @module
 */

/** The signals that end the agent, with their numbers. */
const SIGNALS = { SIGINT: 2, SIGTERM: 15 } as const;

/** A signal that ends the agent. */
export type ShutdownSignal = "SIGINT" | "SIGTERM";

/** How long `drain` may go on after its signal is aborted. */
export const FORCE_MS = 1_000;

/** What happens on a signal, and the powers that are needed for it. */
export interface ShutdownOptions {
  /** Lets open work end. Its signal aborts when the grace time is over: then it cuts off what is left and ends. */
  readonly drain: (options: { readonly signal: AbortSignal }) => Promise<void>;
  /** How long work may take to end by itself. */
  readonly graceMs: number;
  /** Takes one line for the log. */
  readonly report: (level: "info" | "error", message: string) => void;
  /** Ends the process. @default Deno.exit */
  readonly exit?: (code: number) => void;
  /**
   * Calls `listener` on each signal of that name until the answered function is called. @default the process's signals
   */
  readonly listen?: (name: ShutdownSignal, listener: () => void) => () => void;
  /** Calls `onEnd` once after `ms`, unless the answered function is called before. @default setTimeout */
  readonly startTimer?: (ms: number, onEnd: () => void) => () => void;
}

/** Waits for signals, without keeping the process alive for it; disposing ends the waiting. */
export function onShutdownSignal(options: ShutdownOptions): Disposable {
  const {
    drain,
    graceMs,
    report,
    exit = Deno.exit,
    listen = listenToProcess,
    startTimer = startTimeout,
  } = options;
  const force = new AbortController();
  let state: "running" | "draining" | "ended" = "running";
  let stopTimer = (): void => {};

  function end(code: number): void {
    if (state === "ended") return;
    state = "ended";
    stopTimer();
    exit(code);
  }

  function graceOver(): void {
    stopTimer = startTimer(FORCE_MS, () => {
      report(
        "error",
        `Cannot shut down: open calls go on ${FORCE_MS} ms after they were cut off`,
      );
      end(1);
    });
    force.abort(
      new DOMException(`Grace time of ${graceMs} ms is over`, "TimeoutError"),
    );
  }

  async function shutDown(): Promise<void> {
    stopTimer = startTimer(graceMs, graceOver);
    try {
      await drain({ signal: force.signal });
    } catch (error) {
      // A drain that is cut off may say so by rejecting.
      if (!force.signal.aborted) {
        report(
          "error",
          `Cannot shut down in order: ${error instanceof Error ? error.message : error}`,
        );
        end(1);
      }
    }
    if (state === "ended") return;
    report("info", "Shutdown completed.");
    end(0);
  }

  function onSignal(name: ShutdownSignal): void {
    if (state === "running") {
      state = "draining";
      report("info", `${name} received, initiating shutdown..`);
      void shutDown();
    } else if (state === "draining") {
      report("info", `${name} received again, ending at once`);
      end(128 + SIGNALS[name]);
    }
  }

  const names: readonly ShutdownSignal[] = ["SIGINT", "SIGTERM"];
  const unlisteners = names.map((name) => listen(name, () => onSignal(name)));
  return {
    [Symbol.dispose](): void {
      for (const unlisten of unlisteners) unlisten();
    },
  };
}

function listenToProcess(
  name: ShutdownSignal,
  listener: () => void,
): () => void {
  Deno.addSignalListener(name, listener);
  return () => Deno.removeSignalListener(name, listener);
}

function startTimeout(ms: number, onEnd: () => void): () => void {
  const timer = setTimeout(onEnd, ms);
  return () => clearTimeout(timer);
}
