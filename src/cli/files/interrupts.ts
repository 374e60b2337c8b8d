/**
 * The signals by which a user ends a command that would go on.
 *
 * @module
 */

/** The exit codes, as a shell has them for a program that a signal ends. */
const EXIT_CODES = { SIGINT: 130, SIGTERM: 143 } as const;

/** What listens for them, until disposed of. */
export interface Interrupts extends Disposable {
  /** Aborted by the first of them. */
  readonly signal: AbortSignal;
  /** The exit code for it; `undefined` as long as there was none. */
  exitCode(): number | undefined;
}

/** Begins to listen. */
export function watchInterrupts(): Interrupts {
  const controller = new AbortController();
  let code: number | undefined;
  const listeners = (["SIGINT", "SIGTERM"] as const).map((name) => {
    const listener = (): void => {
      code ??= EXIT_CODES[name];
      controller.abort(new DOMException(`Ended by ${name}`, "AbortError"));
    };
    Deno.addSignalListener(name, listener);
    return { name, listener };
  });
  return {
    signal: controller.signal,
    exitCode: () => code,
    [Symbol.dispose]: (): void => {
      for (const { name, listener } of listeners) Deno.removeSignalListener(name, listener);
    },
  };
}
