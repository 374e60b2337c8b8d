/**
 * YAML, as the agent's own configuration and kubeconfig files are written in it.
 *
 * @module
 */
import { LineCounter, parseDocument } from "yaml";

/** A text is no YAML. */
export class YamlError extends SyntaxError {
  /** The class, as an error log shows it. */
  override readonly name = "YamlError";
}

/**
 * The value that a text of one document stands for; null where it has none.
 * @throws {YamlError} with one line, which tells the place and shows nothing of the text
 */
export function parseYaml(text: string): unknown {
  const document = parsed(text);
  const [problem] = document.errors;
  if (problem !== undefined) throw yamlError(problem);
  return document.toJS();
}

/**
 * Fails where a key of a map stands twice.
 * @throws {YamlError}
 */
export function refuseDuplicateKeys(text: string): void {
  const twice = parsed(text).errors.find(({ code }) => code === "DUPLICATE_KEY");
  if (twice !== undefined) throw yamlError(twice);
}

// deno-lint-ignore explicit-function-return-type -- the package's own
function parsed(text: string) {
  return parseDocument(text, { lineCounter: new LineCounter(), logLevel: "error" });
}

/** The package's message goes on with a picture of the text, which may be a secret. */
function yamlError(problem: { readonly code: string; readonly message: string }): YamlError {
  const [reason = ""] = problem.message.split("\n");
  const message = problem.code === "MULTIPLE_DOCS" ? "it has more than one document" : reason.replace(/:$/, "");
  return new YamlError(message, { cause: problem.code });
}
