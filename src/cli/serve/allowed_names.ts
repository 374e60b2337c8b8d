/**
 * `tls.allowed-names`, the one setting that is read again while the agent runs.
 *
 * A name that is taken off the list is refused at its next call, on open connections too. Where the list does not come
 * from the file – `-p`, or a variable – it does not change. A list that becomes empty is kept as it was: an empty one
 * believes any verified client, and a file that has lost its end must not open the agent to all of them. A restart
 * takes it.
 *
 * @module
 */
import { ConfigError } from "../../config/config_error.ts";
import { MAX_CONFIG_BYTES } from "../../config/read_settings.ts";
import { createStableTexts } from "../../config/stable_texts.ts";
import type { Settings } from "../../config/settings.ts";
import { type Logger, shownText } from "../../telemetry/log.ts";
import type { Metrics } from "../../telemetry/metrics.ts";
import type { Configuration } from "./configuration.ts";
import { createReload } from "./reload.ts";

/** What is done beside. */
export interface AllowedNamesOptions {
  /** The operator's log. */
  readonly log: Logger;
  /** What is counted. */
  readonly metrics: Metrics;
}

/** The names. */
export interface AllowedNames {
  /** Those that count now. */
  readonly names: () => readonly string[];
  /** Reads the file again. */
  poll(): Promise<void>;
}

/** The names of the start, which follow the file. */
export function createAllowedNames(configuration: Configuration, options: AllowedNamesOptions): AllowedNames {
  const { file, isRegularFile, text, parse, settings } = configuration;
  const { log, metrics } = options;
  let names = settings.tls.allowedNames;
  const texts = createStableTexts([file], {
    maxBytes: MAX_CONFIG_BYTES,
    known: [text],
    onChange: createReload({
      what: "configuration",
      paths: [file],
      use: async ([text = ""]) => {
        const read = await parse(text);
        if (read.tls.allowedNames.length === 0 && names.length > 0) {
          throw new ConfigError("tls.allowed-names has become empty, which would believe any verified client");
        }
        names = read.tls.allowedNames;
        const others = isSame(withoutNames(read), withoutNames(settings)) ? {} : { other: "counts after a restart" };
        return { file, "tls.allowed-names": shownText(names.join(", ")), ...others };
      },
      log,
      metrics,
    }).take,
  });
  // In the mode of tokens nobody is believed by name; and what came by a pipe does not come again.
  const isFollowed = settings.authorization.mode === "proxy" && isRegularFile;
  return { names: () => names, poll: isFollowed ? texts.poll : async () => {} };
}

function withoutNames({ tls, ...rest }: Settings): unknown {
  return { ...rest, tls: { ...tls, allowedNames: [] } };
}

function isSame(value: unknown, other: unknown): boolean {
  return JSON.stringify(value) === JSON.stringify(other);
}
