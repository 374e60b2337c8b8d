/**
 * What can be told of a page of Markdown without reading it: its sentences, links and paths.
 *
 * Works on lines, for the Markdown that `deno fmt` writes. Code, tables, headings, images and comments are no prose.
 *
 * @module
 */

/** One link of a page. */
export interface PageLink {
  /** What it leads to, as it is written. */
  readonly target: string;
  /** From 1. */
  readonly line: number;
}

/** A line of a page that is no code. */
interface PageLine {
  readonly text: string;
  readonly line: number;
}

/** The lines outside of fences, with their numbers. */
function linesOf(page: string): readonly PageLine[] {
  let inCode = false;
  return page.split("\n").map((text, index) => ({ text, line: index + 1 })).filter(({ text }) => {
    const isFence = /^\s*```/.test(text);
    if (isFence) inCode = !inCode;
    return !inCode && !isFence;
  });
}

const isTable = (text: string): boolean => /^\s*\|/.test(text);
const isOther = (text: string): boolean => /^(#|!\[|<!--)/.test(text);

/** Lines of prose, with their numbers. */
export function proseLines(page: string): readonly PageLine[] {
  return linesOf(page).filter(({ text }) => !isTable(text) && !isOther(text));
}

/** The sentences of the prose, as their words. An item of a list ends a sentence, as a paragraph does. */
export function sentencesOf(page: string): readonly (readonly string[])[] {
  const blocks: string[] = [""];
  for (const { text } of proseLines(page)) {
    const item = /^\s*(?:[-*]|\d+\.)\s+(.*)$/.exec(text);
    if (text.trim() === "" || item !== null) blocks.push(item?.[1] ?? "");
    else blocks.push(`${blocks.pop()} ${text.trim()}`);
  }
  return blocks.flatMap((block) =>
    // What stands in backticks is one word, and has no full stop.
    block.replace(/`[^`]*`/g, "code").replace(/\]\([^)]*\)/g, "]")
      .split(/(?<=[.!?][)"*]*)\s+(?=\S)/)
      .map((sentence) => sentence.split(/\s+/).filter((word) => /[\p{L}\p{N}]/u.test(word)))
  ).filter((words) => words.length > 0);
}

/** Words per sentence, on average. */
export function meanSentence(page: string): number {
  const sentences = sentencesOf(page);
  return sentences.reduce((sum, words) => sum + words.length, 0) / Math.max(1, sentences.length);
}

/** All links and images of a page. */
export function linksOf(page: string): readonly PageLink[] {
  return linesOf(page).flatMap(({ text, line }) =>
    [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = ""]) => ({ target, line }))
  );
}

/** The anchors of a page's headings, as GitHub makes them. */
export function anchorsOf(page: string): ReadonlySet<string> {
  return new Set(
    linesOf(page).flatMap(({ text }) => /^#+ (.*)$/.exec(text)?.[1] ?? [])
      .map((title) => title.toLowerCase().replace(/[^\p{L}\p{N}\s_-]/gu, "").replaceAll(" ", "-")),
  );
}

/** Texts in backticks that are paths of the project: those that begin with one of its folders. */
export function pathsOf(page: string, folders: readonly string[]): readonly PageLink[] {
  return linesOf(page).flatMap(({ text, line }) =>
    [...text.matchAll(/`([^`\s]+)`/g)].map(([, target = ""]) => ({ target, line }))
  ).filter(({ target }) => folders.some((folder) => target === folder || target.startsWith(`${folder}/`)));
}

/** What tests, and steps of them, are called in a file; what a template leaves open is a `*`. */
const TITLES = /(?:Deno\.test|t\.step|testBoth|check|name:)\(?\s*(?:"((?:[^"\\]|\\.)*)"|`((?:[^`\\]|\\.)*)`)/g;

const MIN_TEMPLATE_TEXT = 14;

/** Reports whether a file of tests has a test, or a step of one, of that title. */
export function hasTest(source: string, title: string): boolean {
  return [...source.matchAll(TITLES)].some(([whole, text, template]) => {
    const wanted = (text ?? template ?? "").replaceAll(/\\(.)/g, "$1");
    // What has little text of its own stands for any title.
    if (template !== undefined && wanted.replaceAll(/\$\{[^}]*\}/g, "").length < MIN_TEMPLATE_TEXT) return false;
    const pattern = wanted.split(/\$\{[^}]*\}/).map((part) => RegExp.escape(part)).join(".+");
    return RegExp(`^${whole.startsWith("testBoth") ? "the (agent|collector): " : ""}${pattern}$`).test(title);
  });
}
