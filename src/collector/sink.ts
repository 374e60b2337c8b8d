/**
 * Where events go.
 *
 * @module
 */
import type { PodEvent } from "./pod_event.ts";

/** Takes events for somebody who listens, or who may come and go. */
export interface Sink {
  /** Takes an event. Without a connection it is lost: a new connection gets everything from the beginning. */
  write(event: PodEvent): void;
  /** All events that belong together were written. */
  flush(): void;
  /** Connects and serves until the signal is aborted. */
  run(options: SinkRunOptions): Promise<void>;
}

/** What a running sink needs. */
export interface SinkRunOptions {
  /** To be called when somebody listens who knows nothing; a new epoch is written within the call. */
  readonly onListener: () => void;
  /** Ends it. */
  readonly signal: AbortSignal;
}
