// deno-lint-ignore-file no-console -- this is what it is for
/**
 * `deno task release-notes VERSION`: the section of a version in CHANGELOG.md, for its release.
 *
 * @module
 */
import { VERSION } from "../../src/telemetry/version.ts";

/** There are no notes for a version. */
export class NotesError extends Error {
  /** The class, as an error log shows it. */
  override readonly name = "NotesError";
}

/** Returns what a changelog says of a version, without its heading. Throws a {@linkcode NotesError}. */
export function releaseNotes(changelog: string, version: string): string {
  if (!/^\d+\.\d+\.\d+$/.test(version)) {
    throw new NotesError(`Cannot release: ${JSON.stringify(version)} is no version`);
  }
  const sections = changelog.split(/^## /m).slice(1);
  const found = sections.filter((section) => section.split(/[\s–]/, 1)[0] === version);
  if (found.length === 0) throw new NotesError(`Cannot release ${version}: CHANGELOG.md has no section for it`);
  if (found.length > 1) throw new NotesError(`Cannot release ${version}: CHANGELOG.md has ${found.length} sections`);
  const [heading = "", ...lines] = (found[0] ?? "").split("\n");
  if (!/ – \d{4}-\d{2}-\d{2}$/.test(heading)) {
    throw new NotesError(`Cannot release ${version}: its heading in CHANGELOG.md has no date: "## ${heading}"`);
  }
  const notes = lines.join("\n").trim();
  if (!/^- /m.test(notes)) throw new NotesError(`Cannot release ${version}: CHANGELOG.md says nothing of it`);
  return notes;
}

/** Returns the notes for a version that the programs have. Throws a {@linkcode NotesError}. */
export function notesOf(
  version: string,
  { changelog, programs = VERSION }: { readonly changelog: string; readonly programs?: string },
): string {
  if (version !== programs) {
    throw new NotesError(`Cannot release ${version}: the programs say that they are ${programs}`);
  }
  return releaseNotes(changelog, version);
}

if (import.meta.main) {
  try {
    const changelog = await Deno.readTextFile(new URL("../../CHANGELOG.md", import.meta.url));
    console.log(notesOf(Deno.args[0] ?? "", { changelog }));
  } catch (error) {
    if (!(error instanceof NotesError)) throw error;
    console.error(`Error: ${error.message}`);
    Deno.exit(1);
  }
}
