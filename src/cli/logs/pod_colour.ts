/**
 * The colour of a pod's labels: the same in each run, whatever other pods there are.
 *
 * @module
 */

/** Neither red, which is that of matches, nor black, white and grey, which a terminal may have as its background. */
const COLOURS = [32, 33, 34, 36, 92, 93, 94, 95, 96] as const;
/** The colour of the names of files. */
const FILE_COLOUR = 35;

/** Returns the code of the colour of a pod, or of a file where there is none. */
export function podColour(pod: string | undefined): number {
  if (pod === undefined) return FILE_COLOUR;
  // FNV-1a, 32 bits.
  let hash = 0x811c9dc5;
  for (let at = 0; at < pod.length; at++) hash = Math.imul(hash ^ pod.charCodeAt(at), 0x01000193);
  return COLOURS[(hash >>> 8) % COLOURS.length] ?? FILE_COLOUR;
}
