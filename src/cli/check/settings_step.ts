/**
 * The configuration: whether it can be used, the values that matter, and what it opens.
 *
 * @module
 */
import { addressText } from "../../config/address.ts";
import { readSettings, type ReadSettingsOptions } from "../../config/read_settings.ts";
import type { Settings } from "../../config/settings.ts";
import type { Note, Report } from "./report.ts";

/** Reading a file that hangs, as on a volume that is gone, ends then. */
const LIMIT_MS = 10_000;

/** Checks the configuration; resolves to nothing if it cannot be used. */
export async function checkSettings(
  report: Report,
  file: string,
  options: ReadSettingsOptions,
): Promise<Settings | undefined> {
  const settings = await report.step({
    check: "configuration",
    limitMs: LIMIT_MS,
    run: async ({ note }) => {
      const { settings, warnings } = await readSettings(file, options);
      const { addr, containerLogsDir, logging, authorization } = settings;
      const values = {
        file,
        addr: addressText(addr),
        "container-logs-dir": containerLogsDir,
        "logging.level": logging.enabled ? logging.level : "none",
        "authorization.mode": authorization.mode,
      };
      note("ok", Object.entries(values).map(([key, value]) => `${key} ${value}`).join(", "), values);
      // Of empty names there is a finding of its own.
      for (const warning of warnings) if (!warning.includes("tls.allowed-names is empty")) note("warn", warning);
      return settings;
    },
  });
  if (settings === undefined) return undefined;
  await report.step({ check: "allowed names", limitMs: LIMIT_MS, run: ({ note }) => noteNames(settings, note) });
  await report.step({
    check: "allowed namespaces",
    limitMs: LIMIT_MS,
    run: ({ note }) => noteNamespaces(settings, note),
  });
  return settings;
}

function noteNames({ tls: { allowedNames, clientAuth }, authorization: { mode } }: Settings, note: Note): void {
  const details = { "tls.allowed-names": allowedNames, "tls.client-auth": clientAuth };
  if (mode === "token") {
    const who = clientAuth === "none" ? "without a certificate" : "with a certificate of an authority of tls.ca-file";
    return note("ok", `every client ${who} may call, with a token of its own that is reviewed`, details);
  }
  if (allowedNames.length > 0) {
    return note("ok", `only clients named ${listText(allowedNames)} may forward identities`, details);
  }
  note(
    "warn",
    "tls.allowed-names is EMPTY: EVERY client with ANY certificate of an authority of tls.ca-file may act as ANY user",
    details,
  );
}

function noteNamespaces({ allowedNamespaces }: Settings, note: Note): void {
  const details = { "allowed-namespaces": allowedNamespaces };
  note(
    "ok",
    allowedNamespaces.length > 0
      ? `only logs of ${listText(allowedNamespaces)}`
      : "no limit: logs of every namespace that the caller may see",
    details,
  );
}

const MAX_SHOWN = 10;

/** Returns names as a line shows them, not all of many. */
export function listText(names: readonly string[]): string {
  const more = names.length - MAX_SHOWN;
  return [...names.slice(0, MAX_SHOWN), ...(more > 0 ? [`and ${more} more`] : [])].join(", ");
}
