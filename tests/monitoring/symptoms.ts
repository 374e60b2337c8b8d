/**
 * What `docs/symptoms.md` says, apart.
 *
 * @module
 */
import { projectText } from "../support/project.ts";

/** A symptom. */
export interface Symptom {
  /** Its heading. */
  readonly title: string;
  /** Its parts by name, as the page has them. */
  readonly parts: ReadonlyMap<string, string>;
  /** The lines of the log that it names, and the fields in them; the first one is the line. */
  readonly lines: readonly string[];
  /** What is asked of Prometheus. */
  readonly metrics: readonly string[];
}

/** Sections that are no symptom. */
const OTHERS = ["From a line of the log"];

/** The symptoms of the page, in their order. */
export async function readSymptoms(): Promise<readonly Symptom[]> {
  const [, ...sections] = (await projectText("docs/symptoms.md")).split(/^## /m);
  return sections.map(symptomOf).filter(({ title }) => !OTHERS.includes(title));
}

function symptomOf(section: string): Symptom {
  const [title = ""] = section.split("\n");
  const parts = new Map(
    [...section.matchAll(/^- \*\*(\w+):\*\*((?:.|\n(?! ?[-|\n]))*)/gm)].map(([, name = "", text = ""]) =>
      [name, text.replace(/\s+/g, " ").trim()] as const
    ),
  );
  return {
    title,
    parts,
    // A command, and a place in the code of others, is no line.
    lines: codesOf(parts.get("Log") ?? "").filter((code) => !/^kubectl |^logging\.level/.test(code)),
    // A label by its name alone says how series differ.
    metrics: codesOf(parts.get("Metric") ?? "").filter((code) =>
      code.includes("_") && code !== "grpc_code" || code.startsWith("up")
    ),
  };
}

function codesOf(text: string): readonly string[] {
  return [...text.matchAll(/`([^`]+)`/g)].map(([, code = ""]) => code);
}
