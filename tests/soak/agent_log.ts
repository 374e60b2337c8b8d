/**
 * The agent's log lines in a soak: which ones the load explains, and which nobody can.
 *
 * @module
 */

/** What the load makes the agent say, and why. */
const EXPLAINED: readonly (readonly [message: RegExp, reason: string])[] = [
  [/^Starting cluster-agent/, "the start"],
  [/^Shutting|^Stopp|^Received SIG|^Counted since the start/, "the end"],
  [/access review|API server|^Call refused/, "an API-server outage"],
  [/^Left a log out|^Cannot open a log/, "a log between two of its files"],
  [/certificate|TLS|reload/i, "a new certificate, and connections that are broken off"],
  [
    /^Connection cut off|^HTTP\/2 connection failed|^Limit reached/,
    "readers that stand still, and connections that break",
  ],
  [
    /^Log is not whole|^Log not sent whole|^Problem with a followed log/,
    "rotated files that are gone before they are read",
  ],
];

/** One kind of line. */
export interface LoggedKind {
  /** Its message. */
  readonly message: string;
  /** How many. */
  readonly count: number;
  /** What explains it; undefined: nothing does. */
  readonly reason: string | undefined;
  /** The first one. */
  readonly sample: string;
}

/** The kinds of lines of level WARN and above, and of those that are no JSON. */
export function loggedKinds(lines: readonly string[]): LoggedKind[] {
  const kinds = new Map<string, { count: number; readonly sample: string }>();
  for (const line of lines) {
    const { level, message } = parsed(line);
    if (level === "INFO" || level === "DEBUG" || level === "TRACE") continue;
    const known = kinds.get(message);
    if (known === undefined) kinds.set(message, { count: 1, sample: line.slice(0, 400) });
    else known.count += 1;
  }
  return [...kinds].map(([message, { count, sample }]) => ({
    message,
    count,
    reason: EXPLAINED.find(([pattern]) => pattern.test(message))?.[1],
    sample,
  }));
}

function parsed(line: string): { readonly level: string; readonly message: string } {
  try {
    const { level, fields } = JSON.parse(line) as { level?: string; fields?: { message?: string } };
    return { level: level ?? "", message: fields?.message ?? line };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return { level: "", message: line };
  }
}
