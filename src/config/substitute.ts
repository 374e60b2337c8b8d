/**
 * Puts environment variables into the text of a configuration file before anything parses it, so in comments too, as
 * deployed files expect.
 *
 * `$NAME` and `${NAME}` are the variable. `${NAME:default}` has a text for when it is not set, which may hold
 * variables itself. `\$ \{ \} \: \\` stand for the second character. Names are ASCII letters, digits and `_`, and may
 * begin with a digit. Values are put in as they are, and not searched for variables again.
 *
 * @module
 */

import { shown, unusable } from "./config_error.ts";

/** What a substitution needs besides the text. */
export interface SubstituteOptions {
  /** The file that the text is from, for error messages. */
  readonly file: string;
  /** Returns the value of a variable, undefined when it is not set. */
  readonly env: (name: string) => string | undefined;
  /** Replaces a variable, or a default, that is empty. @default "" */
  readonly emptyAs?: string;
}

/** How deep variables may be nested in the defaults of others. */
const MAX_DEPTH = 100;

/**
 * Returns the text with all variables replaced.
 *
 * @throws {ConfigError} for a variable that is neither set nor has a default, a `$` without a name, an unclosed brace,
 * or a backslash before anything else; the message names the variable and the line.
 */
export function substitute(text: string, options: SubstituteOptions): string {
  return new Substitution(text, options).run();
}

/** One walk over a text. */
class Substitution {
  readonly #text: string;
  readonly #options: SubstituteOptions;
  /** The offset reached. */
  #at = 0;
  #depth = 0;

  constructor(text: string, options: SubstituteOptions) {
    this.#text = text;
    this.#options = options;
  }

  /** Returns the text with all variables replaced. */
  run(): string {
    const text = this.#text;
    let out = "";
    while (this.#at < text.length) {
      const rest = text.slice(this.#at);
      const plain = rest.search(/[$\\]/);
      if (plain === -1) return out + rest;
      out += rest.slice(0, plain);
      this.#at += plain;
      out += text.charAt(this.#at) === "$" ? this.#variable({ isUsed: true }) : this.#escaped();
    }
    return out;
  }

  /** Reads a variable, from its `$`. An unused default is read for its syntax only: `isUsed` is false there. */
  #variable({ isUsed }: { readonly isUsed: boolean }): string {
    const { emptyAs = "" } = this.#options;
    const start = this.#at;
    const isBraced = this.#text.charAt(start + 1) === "{";
    this.#at += isBraced ? 2 : 1;
    const name = /^[A-Za-z0-9_]*/.exec(this.#text.slice(this.#at))?.[0] ?? "";
    if (name === "") this.#fail(start, "a $ without a variable name, write \\$ for a dollar sign");
    this.#at += name.length;
    const value = isUsed ? this.#valueOf(name, start) : "";
    const fallback = isBraced ? this.#closing({ isUsed: isUsed && value === undefined, start, name }) : undefined;
    const result = value ?? fallback ?? this.#fail(start, `variable ${name} is not set and has no default`);
    return result === "" ? emptyAs : result;
  }

  /** Reads what follows a name in braces: the closing one, or a default before it. */
  #closing(variable: { readonly isUsed: boolean; readonly start: number; readonly name: string }): string | undefined {
    const { start, name } = variable;
    const next = this.#text.charAt(this.#at++);
    if (next === "}") return undefined;
    if (next !== ":") this.#fail(start, `variable ${name} lacks a closing brace`);
    if (++this.#depth > MAX_DEPTH) {
      this.#fail(start, `variables stand in each other's defaults, more than ${MAX_DEPTH} deep`);
    }
    const fallback = this.#untilBrace(variable);
    this.#depth--;
    return fallback;
  }

  /** Reads a default and the brace after it; braces in it are text as long as they come in pairs. */
  #untilBrace({ isUsed, start, name }: { isUsed: boolean; start: number; name: string }): string {
    let out = "";
    let open = 0;
    for (;;) {
      const char = this.#text.charAt(this.#at);
      if (char === "") this.#fail(start, `variable ${name} lacks a closing brace`);
      if (char === "\\") out += this.#escaped();
      else if (char === "$") out += this.#variable({ isUsed });
      else {
        this.#at++;
        if (char === "{") open++;
        else if (char === "}" && open-- === 0) return out;
        out += char;
      }
    }
  }

  #escaped(): string {
    const second = this.#text.charAt(this.#at + 1);
    if (second === "" || !"\\${}:".includes(second)) {
      const bad = shown(this.#text.slice(this.#at, this.#at + 2));
      this.#fail(this.#at, `bad escape ${bad}, expected \\$ \\{ \\} \\: or \\\\`);
    }
    this.#at += 2;
    return second;
  }

  #valueOf(name: string, start: number): string | undefined {
    try {
      return this.#options.env(name);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#fail(start, `cannot read variable ${name}: ${reason}`, error);
    }
  }

  #fail(at: number, detail: string, cause?: unknown): never {
    const line = this.#text.slice(0, at).split("\n").length;
    throw unusable(
      { file: this.#options.file },
      `line ${line}: ${detail}`,
      cause === undefined ? undefined : { cause },
    );
  }
}
