/**
 * All that `cluster-agent list` can be asked for.
 *
 * @module
 */
import type { TimeZone } from "../files/time_zone.ts";

/** Print the table of logs. */
export interface ListCommand {
  /** Tells the commands apart. */
  readonly kind: "list";
  /** Names of pods; none: all. */
  readonly pods: readonly string[];
  /** The folder of logs by name; `undefined`: the node's. */
  readonly logs: string | undefined;
  /** The namespace of the pods. */
  readonly namespace: string | undefined;
  /** The containers of the pods; none: all. */
  readonly containers: readonly string[];
  /** The zone in which times are printed. */
  readonly zone: TimeZone;
  /** Whether a JSON object is printed for each log. */
  readonly json: boolean;
}
