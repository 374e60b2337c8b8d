/**
 * All attacks, in the order in which they run.
 *
 * @module
 */
import type { Attack } from "./attack.ts";
import { cancelAttacks } from "./attacks/cancels.ts";
import { connectionAttacks } from "./attacks/connections.ts";
import { floods } from "./attacks/floods.ts";
import { handshakeAttacks } from "./attacks/handshakes.ts";
import { requestAttacks } from "./attacks/requests.ts";
import { streamAttacks } from "./attacks/streams.ts";

/** Every attack; a name is unique. */
export const attacks: readonly Attack[] = [
  ...connectionAttacks,
  ...handshakeAttacks,
  ...floods,
  ...cancelAttacks,
  ...requestAttacks,
  ...streamAttacks,
];
