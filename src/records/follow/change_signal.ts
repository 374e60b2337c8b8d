/**
 * What a follow waits for: a change of its log, or room at its client; and what ends it before that.
 *
 * @module
 */

/** Why a follow ends. */
interface Ending {
  readonly reason: unknown;
}

/** What is to be known of one. */
export interface ChangeSignalOptions {
  /** Ends each wait. */
  readonly signal: AbortSignal;
  /** Called each time before a change is waited for. */
  readonly onIdle?: (() => void) | undefined;
}

/** The signal of one follow. Its first change is there from the start. */
export class ChangeSignal implements Disposable {
  readonly #options: ChangeSignalOptions;
  #isNew = true;
  #failure: Ending | undefined;
  #wake: (() => void) | undefined;
  #giveUp: (() => void) | undefined;

  /** Listens to the signal until it is disposed of. */
  constructor(options: ChangeSignalOptions) {
    this.#options = options;
    options.signal.addEventListener("abort", this.#endWaiting, { once: true });
  }

  /** Whether the client is waited for. */
  get isClientSlow(): boolean {
    return this.#giveUp !== undefined;
  }

  /** Whether the follow has failed. */
  get isFailed(): boolean {
    return this.#failure !== undefined;
  }

  /** Something may have changed. */
  notify(): void {
    this.#isNew = true;
    this.#wake?.();
  }

  /** Takes the changes since `changed` resolved as seen: all that was written until now is read now. */
  noticed(): void {
    this.#isNew = false;
  }

  /** Resolves at the next change since it was called last; rejects with what ends the follow. */
  async changed(): Promise<void> {
    this.throwIfOver();
    if (!this.#isNew) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wake = resolve;
      this.#options.onIdle?.();
      await promise;
      this.#wake = undefined;
      this.throwIfOver();
    }
    this.#isNew = false;
  }

  /** Settles as what the client is waited for with, one at a time; or rejects with what ends the follow before that. */
  async unlessOver(ready: Promise<void>): Promise<void> {
    this.throwIfOver();
    await new Promise<void>((resolve, reject) => {
      this.#giveUp = () => reject(this.#ending()?.reason);
      ready.then(resolve, reject);
    });
    this.#giveUp = undefined;
  }

  /** Ends the follow with an error; the first one counts. */
  fail(error: unknown): void {
    this.#failure ??= { reason: error };
    this.#endWaiting();
  }

  /** Throws what has ended the follow, if something has: the signal's reason, or what it has failed with. */
  throwIfOver(): void {
    const ending = this.#ending();
    if (ending !== undefined) throw ending.reason;
  }

  /** Listens no longer. */
  [Symbol.dispose](): void {
    this.#options.signal.removeEventListener("abort", this.#endWaiting);
  }

  readonly #endWaiting = (): void => {
    this.#wake?.();
    this.#giveUp?.();
  };

  #ending(): Ending | undefined {
    const { signal } = this.#options;
    return signal.aborted ? { reason: signal.reason } : this.#failure;
  }
}
