/**
 * What signals do that are not meant to end the agent: a line in the log, and every stream goes on.
 *
 * By default most signals end a process at once. SIGHUP is what daemons are told to read their files again with,
 * SIGUSR1 and SIGUSR2 mean a log file or a profile elsewhere; others tell of timers that nobody has set, or of a file
 * that has grown too long. Left to the system are those that are meant to end or stop a process – SIGQUIT on a
 * terminal, SIGXCPU of a limit, job control –, and those that tell of a defect.
 *
 * @module
 */
import { holdInspectorPort, INSPECTOR_PORT, type InspectorPort } from "./inspector_port.ts";

/** The signals that do not end the agent. */
export const OTHER_SIGNALS = [
  "SIGHUP",
  "SIGUSR1",
  "SIGUSR2",
  "SIGALRM",
  "SIGVTALRM",
  "SIGPROF",
  "SIGIO",
  "SIGPWR",
  "SIGSTKFLT",
  "SIGXFSZ",
] as const;

/** A signal that does not end the agent. */
export type OtherSignal = typeof OTHER_SIGNALS[number];

/** What is told, and the powers that are needed. */
export interface OtherSignalsOptions {
  /** Takes one line for the log. */
  readonly report: (message: string) => void;
  /** What there is to say about SIGHUP: which files are read again without it. */
  readonly hangupNote: string;
  /**
   * Calls `listener` on each signal of that name until the returned function is called. @default the process's signals
   */
  readonly listen?: (name: OtherSignal, listener: () => void) => () => void;
  /** Reports whether the process has sent the signal to itself: then there is no line. @default it never does */
  readonly isOwn?: (name: OtherSignal) => boolean;
  /** Takes the port at which the runtime opens its inspector. @default {holdInspectorPort} */
  readonly holdPort?: () => InspectorPort;
}

/** Survives signals, without keeping the process alive for it; disposing ends that. */
export function onOtherSignals(options: OtherSignalsOptions): Disposable {
  const { report, hangupNote, isOwn = (): boolean => false } = options;
  const { listen = listenToProcess, holdPort = holdInspectorPort } = options;
  const port = holdPort();

  const noteOn = (name: OtherSignal): string | undefined => {
    if (name === "SIGHUP") return hangupNote;
    return name === "SIGUSR1" && !port.isHeld
      ? `the runtime may have opened its inspector on port ${INSPECTOR_PORT}, which the agent does not hold`
      : undefined;
  };

  const unlisteners = OTHER_SIGNALS.map((name) =>
    listen(name, () => {
      if (isOwn(name)) return;
      const note = noteOn(name);
      report(`${name} received, going on${note === undefined ? "" : `: ${note}`}`);
    })
  );
  return {
    [Symbol.dispose](): void {
      for (const unlisten of unlisteners) unlisten();
      port[Symbol.dispose]();
    },
  };
}

function listenToProcess(name: OtherSignal, listener: () => void): () => void {
  Deno.addSignalListener(name, listener);
  return () => Deno.removeSignalListener(name, listener);
}
