/**
 * Checks source files against the room table: who imports whom, which packages, and who may use the console. Works on
 * texts, with patterns rather than a parser, so that it needs no program and can be shown made-up files. Does not look
 * at what is imported by name, only at modules; types count like values.
 * @module
 */

import { posix } from "node:path";

/** What is allowed. Rooms are folders below `src/`, `proto`, `tests`, `tools`, and `main.ts`. */
export interface ImportRules {
  /** For each room the other rooms that it may import; "all" for those that may import every one. */
  readonly rooms: Readonly<Record<string, readonly string[] | "all">>;
  /** For each package, or scope that ends in `/`, the folders that may import it; all others are refused. */
  readonly packages: Readonly<Record<string, readonly string[]>>;
  /** For each file that not everybody may import who may import its room: the folders and files that may. */
  readonly doors: Readonly<Record<string, readonly string[]>>;
  /** The folders that may use the console. */
  readonly console: readonly string[];
  /** The import names of deno.json. */
  readonly names: Readonly<Record<string, string>>;
}

/** One import of a file. */
export interface ImportFound {
  /** The module's name as it is written; undefined where it is computed. */
  readonly specifier: string | undefined;
  /** From 1. */
  readonly line: number;
}

/** All imports of a text: `import`, `export … from`, types as well, and `import("…")`. */
export function importsOf(text: string): ImportFound[] {
  const masked = maskText(text);
  const found = masked.matchAll(/\b(?:from|import(?:\s*\()?)\s*(["'])(_*)\1|\bimport\s*\(/dg);
  return [...found].map((match) => {
    const range = match.indices?.[2];
    return {
      specifier: range && text.slice(...range),
      line: text.slice(0, match.index).split("\n").length,
    };
  });
}

/** What breaks the rules, a line each: `path:line: what`. `files` maps paths from the project's folder to texts. */
export function brokenRules(files: ReadonlyMap<string, string>, rules: ImportRules): string[] {
  const broken: string[] = [];
  const graph = new Map<string, string[]>();
  for (const [path, text] of files) {
    if (roomOf(path, rules) === undefined) broken.push(`${path}:1: belongs to no room`);
    const edges: string[] = [];
    for (const { specifier, line } of importsOf(text)) {
      const tell = (what: string): void => void broken.push(`${path}:${line}: ${what}`);
      if (specifier === undefined) {
        if (!isTest(path)) tell("computes the name of a module, which cannot be checked");
        continue;
      }
      const target = resolve(specifier, path, rules);
      if (target.kind === "package") checkPackage(target.name, path, { rules, tell });
      else if (target.kind === "file") {
        checkFile(target.path, path, { rules, tell });
        edges.push(target.path);
      }
    }
    graph.set(path, edges);
    if (!isTest(path) && !inside(path, rules.console)) {
      for (const match of maskText(text).matchAll(/\bconsole\b/g)) {
        broken.push(`${path}:${text.slice(0, match.index).split("\n").length}: uses the console`);
      }
    }
  }
  return [...broken, ...cyclesOf(graph)];
}

/**
 * Returns the allowances that no file uses, a line each: rooms, folders of packages, users of files, folders with the
 * console, and import names of deno.json. An allowance of a room is used by its tests as well, since they obey the
 * table.
 */
export function unusedAllowances(files: ReadonlyMap<string, string>, rules: ImportRules): string[] {
  const used = new Set<string>();
  for (const [path, text] of files) {
    const here = roomOf(path, rules);
    for (const { specifier } of importsOf(text)) {
      if (specifier === undefined) continue;
      const name = importName(specifier, rules);
      if (name !== undefined) used.add(`deno.json: the import name ${name}`);
      const target = resolve(specifier, path, rules);
      if (target.kind === "file") {
        used.add(`${here}: the room ${roomOf(target.path, rules)}`);
        const user = rules.doors[target.path]?.find((folder) => path.startsWith(folder));
        used.add(`${user}: the file ${target.path}`);
      }
      if (target.kind !== "package" || isTest(path)) continue;
      const known = packageRule(target.name, rules);
      const folder = rules.packages[known ?? ""]?.find((folder) => path.startsWith(folder));
      used.add(`${folder}: the package ${known}`);
    }
    if (isTest(path) || !/\bconsole\b/.test(maskText(text))) continue;
    used.add(`${rules.console.find((folder) => path.startsWith(folder))}: the console`);
  }
  const allowed = [
    ...Object.entries(rules.rooms).flatMap(([room, others]) =>
      others === "all" ? [] : others.map((other) => `${room}: the room ${other}`)
    ),
    ...Object.entries(rules.packages).flatMap(([name, folders]) =>
      folders.map((folder) => `${folder}: the package ${name}`)
    ),
    ...Object.entries(rules.doors).flatMap(([name, users]) => users.map((user) => `${user}: the file ${name}`)),
    ...rules.console.map((folder) => `${folder}: the console`),
    ...Object.keys(rules.names).map((name) => `deno.json: the import name ${name}`),
  ];
  return allowed.filter((allowance) => !used.has(allowance));
}

interface Check {
  readonly rules: ImportRules;
  readonly tell: (what: string) => void;
}

function checkPackage(name: string, from: string, { rules, tell }: Check): void {
  const known = packageRule(name, rules);
  // Tests and benches compare with whatever they like.
  if (isTest(from)) return;
  if (known === undefined) tell(`imports ${name}, which no room may`);
  else if (!inside(from, rules.packages[known] ?? [])) {
    tell(`imports ${name} outside of ${rules.packages[known]?.join(", ")}`);
  }
}

/** Returns the package, or scope, whose rule holds for a module. */
function packageRule(name: string, { packages }: ImportRules): string | undefined {
  return Object.keys(packages).find((key) => name === key || name.startsWith(key.endsWith("/") ? key : `${key}/`));
}

function checkFile(target: string, from: string, { rules, tell }: Check): void {
  const there = roomOf(target, rules);
  const here = roomOf(from, rules);
  if (there === undefined) return tell(`imports ${target}, which belongs to no room`);
  if (posix.basename(target).startsWith("_") && posix.dirname(target) !== posix.dirname(from)) {
    tell(`imports ${target}, which is private to its folder`);
  }
  const door = rules.doors[target];
  if (door !== undefined && !inside(from, door)) tell(`imports ${target}, which only ${door.join(", ")} may`);
  const allowed = here === undefined ? [] : rules.rooms[here] ?? [];
  if (here === there || allowed === "all" || allowed.includes(there)) return;
  if (isTest(from) && (there === "tests" || there === "tools")) return;
  tell(`imports ${target}: ${here} may not import ${there}`);
}

type Target = { kind: "file"; path: string } | { kind: "package"; name: string } | { kind: "builtin" };

function resolve(specifier: string, from: string, rules: ImportRules): Target {
  if (/^\.{1,2}\//.test(specifier)) return { kind: "file", path: posix.join(posix.dirname(from), specifier) };
  const name = importName(specifier, rules);
  const mapped = name === undefined ? specifier : rules.names[name] + specifier.slice(name.length);
  if (mapped.startsWith("node:")) return { kind: "builtin" };
  if (mapped.startsWith("./")) return { kind: "file", path: posix.normalize(mapped) };
  return { kind: "package", name: specifier };
}

/** Returns the name of deno.json that maps a module: the longest, as for the runtime. */
function importName(specifier: string, { names }: ImportRules): string | undefined {
  const keys = Object.keys(names).sort((a, b) => b.length - a.length);
  return keys.find((key) => {
    // The name of a package stands for its files as well.
    const folder = key.endsWith("/") ? key : names[key]?.startsWith("npm:") ? `${key}/` : undefined;
    return specifier === key || (folder !== undefined && specifier.startsWith(folder));
  });
}

/** The room of a file; undefined when the table does not have it. */
function roomOf(path: string, { rooms }: ImportRules): string | undefined {
  const [first = "", second = "", ...rest] = path.split("/");
  const room = first === "src" && rest.length > 0 ? second : first;
  return Object.hasOwn(rooms, room) ? room : undefined;
}

function isTest(path: string): boolean {
  return path.startsWith("tests/") || path.startsWith("tools/demo/") || /_(?:test|bench)\.ts$/.test(path);
}

function inside(path: string, folders: readonly string[]): boolean {
  return folders.some((folder) => path.startsWith(folder));
}

/** Each cycle once, as the way round it. */
function cyclesOf(graph: ReadonlyMap<string, readonly string[]>): string[] {
  const cycles: string[] = [];
  const done = new Set<string>();
  const way: string[] = [];
  function visit(path: string): void {
    const start = way.indexOf(path);
    if (start !== -1) {
      cycles.push(`${path}:1: imports itself: ${[...way.slice(start), path].join(" → ")}`);
      return;
    }
    if (done.has(path)) return;
    done.add(path);
    way.push(path);
    for (const next of graph.get(path) ?? []) visit(next);
    way.pop();
  }
  for (const path of graph.keys()) visit(path);
  return cycles;
}

const TOKENS = new RegExp(
  [
    /\/\/[^\n]*/, // comment
    /\/\*[\s\S]*?\*\//, // comment
    /"(?:[^"\\\n]|\\[\s\S])*"/, // text
    /'(?:[^'\\\n]|\\[\s\S])*'/, // text
    /`(?:[^`\\]|\\[\s\S])*`/, // template
    /(?<=[(,=:[!&|?{};>]\s*|\breturn\s+)\/(?:[^/\\\n[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*/, // pattern
  ].map((token) => token.source).join("|"),
  "g",
);

/** The text with all that is not code blanked: texts keep their quotes and length, so that offsets stay. */
function maskText(text: string): string {
  return text.replace(TOKENS, (token) => {
    const quote = token.charAt(0);
    if (quote === '"' || quote === "'") return quote + "_".repeat(token.length - 2) + quote;
    return token.replace(/[^\n]/g, " ");
  });
}
