/**
 * Puts environment variables into the text of a configuration file, before anything parses it – so in comments too, as deployed
 * files expect. `$NAME` and `${NAME}` are the variable, `${NAME:default}` has a text for when it is not set (which may hold
 * variables itself); `\$ \{ \} \: \\` stand for the second character. Names are ASCII letters, digits and `_`, and may begin
 * with a digit. Values are put in as they are: what they hold is not looked at again.
 * @module
 */

import { shown, unusable } from "./config_error.ts";

/** What a substitution needs besides the text. */
export interface SubstituteOptions {
  /** The file that the text is from, for error messages. */
  readonly file: string;
  /** The value of a variable, undefined when it is not set. */
  readonly env: (name: string) => string | undefined;
  /** What stands for a variable, or a default, that is empty. @default "" */
  readonly emptyAs?: string;
}

/** How deep variables may stand in the defaults of others. */
const MAX_DEPTH = 100;

/**
 * The text with all variables replaced.
 * @throws {ConfigError} for a variable that is neither set nor has a default, a `$` without a name, an unclosed brace, or a
 * backslash before anything else; the message names the variable and the line.
 */
export function substitute(text: string, options: SubstituteOptions): string {
  const { file, env, emptyAs = "" } = options;
  let at = 0;
  let depth = 0;

  function fail(position: number, detail: string, cause?: unknown): never {
    const line = text.slice(0, position).split("\n").length;
    throw unusable(
      { file },
      `line ${line}: ${detail}`,
      cause === undefined ? undefined : { cause },
    );
  }

  function valueOf(name: string, position: number): string | undefined {
    try {
      return env(name);
    } catch (error) {
      fail(
        position,
        `cannot read variable ${name}: ${error instanceof Error ? error.message : error}`,
        error,
      );
    }
  }

  function escaped(): string {
    const second = text.charAt(at + 1);
    if (second === "" || !"\\${}:".includes(second)) {
      fail(
        at,
        `bad escape ${shown(text.slice(at, at + 2))}, expected \\$ \\{ \\} \\: or \\\\`,
      );
    }
    at += 2;
    return second;
  }

  /** From a `$` to what stands after the variable. An unused default is read for its syntax only: `used` is false there. */
  function variable({ used }: { used: boolean }): string {
    const start = at;
    const braced = text.charAt(at + 1) === "{";
    at += braced ? 2 : 1;
    const name = /^[A-Za-z0-9_]*/.exec(text.slice(at))?.[0] ?? "";
    if (name === "") {
      fail(start, "a $ without a variable name, write \\$ for a dollar sign");
    }
    at += name.length;
    const value = used ? valueOf(name, start) : "";
    let fallback: string | undefined;
    if (braced) {
      const next = text.charAt(at++);
      if (next === ":") {
        if (++depth > MAX_DEPTH) fail(start, `variables stand in each other's defaults, more than ${MAX_DEPTH} deep`);
        fallback = untilBrace({
          used: used && value === undefined,
          start,
          name,
        });
        depth--;
      } else if (next !== "}") {
        fail(start, `variable ${name} lacks a closing brace`);
      }
    }
    const result = value ?? fallback ??
      fail(start, `variable ${name} is not set and has no default`);
    return result === "" ? emptyAs : result;
  }

  /** The default of a variable; braces in it are text as long as they come in pairs. Ends after the closing one. */
  function untilBrace(
    { used, start, name }: { used: boolean; start: number; name: string },
  ): string {
    let out = "";
    let open = 0;
    for (;;) {
      const char = text.charAt(at);
      if (char === "") fail(start, `variable ${name} lacks a closing brace`);
      if (char === "\\") out += escaped();
      else if (char === "$") out += variable({ used });
      else {
        at++;
        if (char === "{") open++;
        else if (char === "}" && open-- === 0) return out;
        out += char;
      }
    }
  }

  let out = "";
  while (at < text.length) {
    const rest = text.slice(at);
    const plain = rest.search(/[$\\]/);
    if (plain === -1) return out + rest;
    out += rest.slice(0, plain);
    at += plain;
    out += text.charAt(at) === "$" ? variable({ used: true }) : escaped();
  }
  return out;
}
