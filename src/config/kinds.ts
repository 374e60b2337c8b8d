/**
 * The kinds of value that a setting can have: what is accepted from a file, and what it becomes. A value of the wrong
 * kind is never guessed at where that could widen access: numbers are no texts, an empty text is no name.
 * @module
 */

import { type Address, parseAddress } from "./address.ts";

/** One kind of value. */
export interface Kind<T> {
  /** What is accepted, as an error message says it after "expected". */
  readonly allowed: string;
  /** The value for what stands in a file; undefined when that is not of this kind. */
  readonly parse: (raw: unknown) => T | undefined;
  /** What the text of a `-p key:value` stands for in a file; without it, itself. */
  readonly fromText?: (text: string) => unknown;
}

/** How much is logged, from least to most. */
export const LEVELS = ["error", "warn", "info", "debug", "trace"] as const;

/** One of {@link LEVELS}. */
export type Level = typeof LEVELS[number];

/** Where to listen. */
export const address: Kind<Address> = {
  allowed: "IP:PORT, HOST:PORT or :PORT",
  parse: (raw) => typeof raw === "string" ? parseAddress(raw) : undefined,
};

/** The path of a file or folder; whether it exists is not checked. */
export const path: Kind<string> = { allowed: "a path", parse: parsePath };

/** The path of a folder, which does not depend on where the program was started. */
export const folder: Kind<string> = { allowed: "an absolute path", parse: parseAbsolute };

/** Names; the list may be empty in a file, where that is written as an empty list. */
export const names: Kind<readonly string[]> = {
  allowed: "a list of texts that are not empty",
  parse: parseTexts,
  fromText: splitCommas,
};

/** Paths of folders, at least one. */
export const folders: Kind<readonly string[]> = {
  allowed: "a list of absolute paths, at least one",
  parse: (raw) => {
    const texts = parseTexts(raw);
    return texts === undefined || texts.length === 0 || !texts.every(isAbsolute) ? undefined : texts;
  },
  fromText: splitCommas,
};

/** Yes or no. */
export const flag: Kind<boolean> = {
  allowed: "true or false",
  parse: (raw) => {
    if (!isScalar(raw)) return undefined;
    const text = String(raw).toLowerCase();
    if (["true", "yes", "on", "1"].includes(text)) return true;
    return ["false", "no", "off", "0"].includes(text) ? false : undefined;
  },
};

/** How much is logged: a name in any case, or its number. */
export const level: Kind<Level> = {
  allowed: "error, warn, info, debug, trace or 1 to 5",
  parse: (raw) => {
    if (typeof raw !== "string" && typeof raw !== "number") return undefined;
    const text = String(raw).toLowerCase();
    return LEVELS.find((name, index) => text === name || text === String(index + 1));
  },
};

/** How a log line looks. Deployed files hold other words, such as `text`, and have always got JSON for them. */
export const format: Kind<"json" | "pretty"> = {
  allowed: "json or pretty",
  parse: (raw) => {
    if (raw === "pretty") return "pretty";
    return isScalar(raw) ? "json" : undefined;
  },
};

/** A length of time, in milliseconds; at most an hour, well below what timers can count. */
export const duration: Kind<number> = {
  allowed: "a number of seconds, or a text such as 500ms, 10s or 2m, at most 60m",
  parse: parseDuration,
};

/** As {@linkcode duration}, but not 0. */
export const positiveDuration: Kind<number> = {
  allowed: `${duration.allowed}, above 0`,
  parse: (raw) => parseDuration(raw) || undefined,
};

/**
 * How long to wait before something is done again, in milliseconds: less than ten seconds is work without a pause for
 * those who are asked.
 */
export const interval: Kind<number> = {
  allowed: "a number of seconds, or a text such as 30s or 2m, at least 10s and at most 60m",
  parse: (raw) => {
    const ms = parseDuration(raw);
    return ms === undefined || ms < 10_000 ? undefined : ms;
  },
};

/** How many of something there may be: a whole number from 1. */
export const count: Kind<number> = {
  allowed: "a whole number from 1 to 1000000",
  parse: (raw) => {
    if (typeof raw !== "number" && typeof raw !== "string" || !/^[1-9][0-9]*$/.test(String(raw))) return undefined;
    return Number(raw) <= 1_000_000 ? Number(raw) : undefined;
  },
};

const BYTE_UNITS: Readonly<Record<string, number>> = { "": 1, Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30 };

/** An amount of memory, in bytes, as Kubernetes writes it. */
export const memory: Kind<number> = {
  allowed: "a number of bytes, or a text such as 512Ki or 64Mi, at least 1Mi and at most 1Gi",
  parse: (raw) => {
    if (typeof raw !== "number" && typeof raw !== "string") return undefined;
    const [, digits, unit = ""] = /^([1-9][0-9]{0,9})(Ki|Mi|Gi)?$/.exec(String(raw)) ?? [];
    const bytes = Number(digits) * (BYTE_UNITS[unit] ?? NaN);
    return bytes >= 2 ** 20 && bytes <= 2 ** 30 ? bytes : undefined;
  },
};

/** One of some words. */
export function oneOf<const W extends string>(...words: readonly W[]): Kind<W> {
  return {
    allowed: words.join(" or "),
    parse: (raw) => words.find((word) => word === raw),
  };
}

function parseDuration(raw: unknown): number | undefined {
  if (typeof raw !== "number" && typeof raw !== "string") return undefined;
  const [, digits, unit = "s"] = /^([0-9]+(?:\.[0-9]+)?)(ms|s|m)?$/.exec(String(raw)) ?? [];
  if (digits === undefined) return undefined;
  const ms = Math.round(
    Number(digits) * (unit === "ms" ? 1 : unit === "s" ? 1_000 : 60_000),
  );
  return ms <= 3_600_000 ? ms : undefined;
}

function isScalar(raw: unknown): boolean {
  return ["string", "number", "boolean"].includes(typeof raw);
}

function parseText(raw: unknown): string | undefined {
  return typeof raw === "string" && raw !== "" && !raw.includes("\0") ? raw : undefined;
}

/** A text of several lines is the file itself, put where its path is due. */
function parsePath(raw: unknown): string | undefined {
  const text = parseText(raw);
  return text?.includes("\n") || text?.includes("-----BEGIN ") ? undefined : text;
}

function parseTexts(raw: unknown): readonly string[] | undefined {
  if (!Array.isArray(raw)) return undefined;
  const texts = raw.map(parseText).filter((text) => text !== undefined);
  return texts.length === raw.length ? texts : undefined;
}

function parseAbsolute(raw: unknown): string | undefined {
  const text = parsePath(raw);
  return text !== undefined && isAbsolute(text) ? text : undefined;
}

function isAbsolute(path: string): boolean {
  return path.startsWith("/");
}

/** A list; a blank text is none, since a list that limits something would be open by it. */
function splitCommas(text: string): readonly string[] | string {
  return text.trim() === "" ? text : text.split(",").map((part) => part.trim());
}
