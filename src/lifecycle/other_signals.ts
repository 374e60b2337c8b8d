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

/** A signal that does not end the agent. */
export type OtherSignal =
  | "SIGHUP"
  | "SIGUSR1"
  | "SIGUSR2"
  | "SIGALRM"
  | "SIGVTALRM"
  | "SIGPROF"
  | "SIGIO"
  | "SIGPWR"
  | "SIGSTKFLT"
  | "SIGXFSZ";

/** The signals, and what there is to say about each beyond that it came. */
const NOTES: Readonly<Record<OtherSignal, string | undefined>> = {
  SIGHUP: "certificates and settings are read at the start only",
  SIGUSR1: undefined,
  SIGUSR2: undefined,
  SIGALRM: undefined,
  SIGVTALRM: undefined,
  SIGPROF: undefined,
  SIGIO: undefined,
  SIGPWR: undefined,
  SIGSTKFLT: undefined,
  SIGXFSZ: undefined,
};

/** Their names. */
export const OTHER_SIGNALS: readonly OtherSignal[] = Object.keys(NOTES) as OtherSignal[];

/** What is told, and the powers that are needed. */
export interface OtherSignalsOptions {
  /** Takes one line for the log. */
  readonly report: (message: string) => void;
  /**
   * Calls `listener` on each signal of that name until the returned function is called. @default the process's signals
   */
  readonly listen?: (name: OtherSignal, listener: () => void) => () => void;
  /** Takes the port at which the runtime opens its inspector. @default {holdInspectorPort} */
  readonly holdPort?: () => InspectorPort;
}

/** Survives signals, without keeping the process alive for it; disposing ends that. */
export function onOtherSignals(options: OtherSignalsOptions): Disposable {
  const { report, listen = listenToProcess, holdPort = holdInspectorPort } = options;
  const port = holdPort();

  const noteOn = (name: OtherSignal): string | undefined =>
    name === "SIGUSR1" && !port.isHeld
      ? `the runtime may have opened its inspector on port ${INSPECTOR_PORT}, which the agent does not hold`
      : NOTES[name];

  const unlisteners = OTHER_SIGNALS.map((name) =>
    listen(name, () => {
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
