import assert from "#assert";
import { NotesError, notesOf } from "./notes.ts";
import { VERSION } from "../../src/telemetry/version.ts";

const CHANGELOG = `# Changelog

About it.

## 0.3.0 – unreleased

- Not yet.

## 0.2.0 – 2026-12-01

### Added

- New: \`## 9.9.9\` is no heading.

### Fixed

- Well again.

## 0.1.1 – 2026-11-01

## 0.1.0 – 2026-10-01

- First.
`;

const notes = (version: string, changelog = CHANGELOG): string => notesOf(version, { changelog, programs: version });

Deno.test("the notes of a version are its section, without the heading and up to the next one", () => {
  assert.equal(notes("0.2.0"), "### Added\n\n- New: `## 9.9.9` is no heading.\n\n### Fixed\n\n- Well again.");
  assert.equal(notes("0.1.0"), "- First.");
});

for (
  const [what, version, message] of [
    ["is not there", "0.4.0", /CHANGELOG\.md has no section for it/],
    ["only begins a heading", "0.1", /"0\.1" is no version/],
    ["is empty", "", /"" is no version/],
    ["is a tag", "v0.2.0", /"v0\.2\.0" is no version/],
    ["has no date", "0.3.0", /no date: "## 0\.3\.0 – unreleased"/],
    ["has nothing to tell", "0.1.1", /says nothing of it/],
  ] satisfies [string, string, RegExp][]
) {
  Deno.test(`a version that ${what} is refused`, () =>
    assert.throws(
      () => notes(version),
      (error: unknown) => error instanceof NotesError && message.test(error.message),
    ));
}

Deno.test("a version that is there twice is refused", () => {
  assert.throws(() => notes("0.1.0", `${CHANGELOG}\n## 0.1.0 – 2026-10-02\n\n- Again.\n`), /has 2 sections/);
});

Deno.test("a version that the programs do not have is refused", () => {
  assert.throws(() => notesOf("0.2.0", { changelog: CHANGELOG, programs: "0.3.0" }), /they are 0\.3\.0/);
});

Deno.test("CHANGELOG.md has a section for the version that the programs have", async () => {
  const changelog = await Deno.readTextFile(new URL("../../CHANGELOG.md", import.meta.url));
  const heading = new RegExp(`^## ${VERSION.replaceAll(".", "\\.")} – (unreleased|\\d{4}-\\d{2}-\\d{2})$`, "m");
  assert.match(changelog, heading);
});
