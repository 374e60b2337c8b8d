/**
 * Keeps the process alive when an exception or a rejected promise reaches the event loop: one broken call must not end
 * all others. It is reported, and nothing else is done about it. Not for errors at start: those reach the caller of
 * what is started.
 * @module
 */

/** What is told of each error, and where it is heard. */
export interface UnhandledOptions {
  /** Takes what was thrown, or what a promise was rejected with. */
  readonly report: (error: unknown, origin: "exception" | "rejection") => void;
  /** Where the platform tells of errors. @default globalThis */
  readonly target?: EventTarget;
}

/** Reports instead of ending the process, until it is disposed. */
export function onUnhandled(options: UnhandledOptions): Disposable {
  const { report, target = globalThis } = options;

  function tell(error: unknown, origin: "exception" | "rejection"): void {
    try {
      report(error, origin);
    } catch {
      // Thrown on, it would come back here as the next exception, for ever.
    }
  }
  const onError: EventListener = (event) => {
    event.preventDefault();
    tell((event as ErrorEvent).error, "exception");
  };
  const onRejection: EventListener = (event) => {
    event.preventDefault();
    tell((event as PromiseRejectionEvent).reason, "rejection");
  };

  target.addEventListener("error", onError);
  target.addEventListener("unhandledrejection", onRejection);
  return {
    [Symbol.dispose](): void {
      target.removeEventListener("error", onError);
      target.removeEventListener("unhandledrejection", onRejection);
    },
  };
}
