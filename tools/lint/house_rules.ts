/**
 * The house's own lint rules, which `deno lint` runs: how long a file, a function and a line of prose may
 * be, which words are not the field's, and that a test which waits for a condition has a deadline.
 *
 * @module
 */
import { PRIVATE_WORDS } from "./private_words.ts";

/** Lines of a file below `src/`; generated files are excluded by their name. */
const MAX_FILE_LINES = 280;

/** Lines of a function below `src/`. */
const MAX_FUNCTION_LINES = 80;

/** Columns of a line of prose; code is wrapped by `deno fmt`. */
const MAX_PROSE_COLUMNS = 120;

/** Files that a program writes. */
const GENERATED = /\/_unicode_tables\.ts$|\/_scan_worker_source\.ts$/;

type FunctionNode =
  | Deno.lint.FunctionDeclaration
  | Deno.lint.FunctionExpression
  | Deno.lint.ArrowFunctionExpression;

/** Reports whether the rules hold for a file: those of the program, not its tests. */
function isChecked(filename: string): boolean {
  const path = filename.replaceAll("\\", "/");
  return path.includes("/src/") && !path.endsWith("_test.ts") && !path.endsWith("_bench.ts") && !GENERATED.test(path);
}

/** Returns how many lines a text has. */
function lineCount(text: string): number {
  return text.replace(/\n$/, "").split("\n").length;
}

const functionLines: Deno.lint.Rule = {
  create(context): Deno.lint.LintVisitor {
    if (!isChecked(context.filename)) return {};
    const check = (node: FunctionNode): void => {
      const lines = lineCount(context.sourceCode.text.slice(...node.range));
      if (lines <= MAX_FUNCTION_LINES) return;
      context.report({
        node,
        message: `A function of ${lines} lines is too long: at most ${MAX_FUNCTION_LINES} are allowed`,
        hint: "Make it a class, or a file of its own",
      });
    };
    return { FunctionDeclaration: check, FunctionExpression: check, ArrowFunctionExpression: check };
  },
};

const fileLines: Deno.lint.Rule = {
  create(context): Deno.lint.LintVisitor {
    if (!isChecked(context.filename)) return {};
    return {
      Program(node): void {
        const lines = lineCount(context.sourceCode.text);
        if (lines <= MAX_FILE_LINES) return;
        context.report({
          node,
          message: `A file of ${lines} lines is too long: at most ${MAX_FILE_LINES} are allowed`,
          hint: "Divide it by what its parts own",
        });
      },
    };
  },
};

/** Returns the words of an identifier, in lower case: `openRotatedFile` has three. */
export function wordsOf(identifier: string): string[] {
  return identifier.replace(/([a-z0-9])([A-Z])/g, "$1 $2").toLowerCase().split(/[^a-z]+/).filter((word) => word !== "");
}

/** Reports whether a name is the platform's, as in `Math.round` and `Promise.allSettled`. */
function isPlatformMember(node: Deno.lint.Node): boolean {
  if (!("parent" in node) || node.parent?.type !== "MemberExpression" || node.parent.property !== node) return false;
  const { object } = node.parent;
  return object.type === "Identifier" && (object.name === "Math" || object.name === "Promise");
}

const words: Deno.lint.Rule = {
  create(context): Deno.lint.LintVisitor {
    if (!isChecked(context.filename)) return {};
    const path = context.filename.replaceAll("\\", "/").replace(/^.*?\/src\//, "src/");
    const check = (node: Deno.lint.Identifier | Deno.lint.PrivateIdentifier): void => {
      if (isPlatformMember(node)) return;
      const own = ` ${wordsOf(node.name).join(" ")} `;
      for (const { word, instead, legal = [] } of PRIVATE_WORDS) {
        if (!own.includes(` ${word} `) || legal.some((room) => path.startsWith(room))) continue;
        context.report({ node, message: `"${word}" in \`${node.name}\` is a private word`, hint: `Say ${instead}` });
      }
    };
    return {
      Identifier: check,
      PrivateIdentifier: check,
      Program(): void {
        for (const comment of context.sourceCode.getAllComments()) {
          for (const { phrase, instead, legal = [] } of PRIVATE_WORDS) {
            if (phrase?.test(comment.value) !== true || legal.some((room) => path.startsWith(room))) continue;
            const found = phrase.exec(comment.value)?.[0];
            context.report({ range: comment.range, message: `"${found}" is a private word`, hint: `Say ${instead}` });
          }
        }
      },
    };
  },
};

const proseColumns: Deno.lint.Rule = {
  create(context): Deno.lint.LintVisitor {
    if (GENERATED.test(context.filename.replaceAll("\\", "/"))) return {};
    return {
      Program(): void {
        const { text } = context.sourceCode;
        for (const { range: [start, end] } of context.sourceCode.getAllComments()) {
          // The columns count from the line's begin, which may be code.
          let lineStart = text.lastIndexOf("\n", start - 1) + 1;
          for (const line of text.slice(lineStart, end).split("\n")) {
            const columns = [...line].length;
            if (columns > MAX_PROSE_COLUMNS && !isDirective(line)) {
              context.report({
                range: [Math.max(lineStart, start), lineStart + line.length],
                message: `A comment of ${columns} columns is too wide: at most ${MAX_PROSE_COLUMNS} are allowed`,
                hint: "Wrap it",
              });
            }
            lineStart += line.length + 1;
          }
        }
      },
    };
  },
};

/** Reports whether a comment is for a program, which wants it in one line. */
function isDirective(line: string): boolean {
  return /\/\/ (deno-lint-ignore|deno-fmt-ignore|deno-coverage-ignore|@ts-)/.test(line);
}

type PollingLoop = Deno.lint.WhileStatement | Deno.lint.DoWhileStatement | Deno.lint.ForStatement;

/** What a loop awaits between two checks of a condition that nothing announces. */
const PAUSE = /\bawait (?:delay|sleep|wait|tick|pause|setTimeout|setImmediate|new Promise)\b/;

const waitDeadline: Deno.lint.Rule = {
  create(context): Deno.lint.LintVisitor {
    const path = context.filename.replaceAll("\\", "/");
    if (!/\/tests\/|\/tools\/demo\/|_test\.ts$/.test(path)) return {};
    const check = (node: PollingLoop): void => {
      // A loop that counts ends by itself.
      if (node.type === "ForStatement" && node.test !== null && node.update !== null) return;
      const text = context.sourceCode.text.slice(...node.range);
      const test = node.test === null ? "" : context.sourceCode.text.slice(...node.test.range);
      const polls = PAUSE.test(text) || /\bawait\b/.test(test);
      if (!polls || /deadline|\btimeout|\bsignal\b|\bstop\b|isStopped/i.test(text)) return;
      context.report({
        node,
        message: "A loop waits for a condition without a deadline that names it",
        hint: "Use eventually() of tests/support/",
      });
    };
    return { WhileStatement: check, DoWhileStatement: check, ForStatement: check };
  },
};

const plugin: Deno.lint.Plugin = {
  name: "house",
  rules: {
    "function-lines": functionLines,
    "file-lines": fileLines,
    words,
    "prose-columns": proseColumns,
    "wait-deadline": waitDeadline,
  },
};

export default plugin;
