import assert from "#assert";
import { formatOfContent, formatOfName } from "./line_format.ts";

const CRI = "2024-10-01T05:40:46Z stdout F a\n";
const DOCKER = '{"log":"a\\n","stream":"stdout","time":"2024-10-01T05:40:46Z"}\n';
const kind = (text: string, path = "/var/log/pods/p/c/0.log"): string =>
  formatOfContent(new TextEncoder().encode(text), path).kind;

Deno.test("formatOfName() takes Docker's name for Docker's format, any other for CRI", () => {
  assert.equal(formatOfName("/var/lib/docker/containers/ab/ab-json.log").kind, "docker");
  for (const ending of [".1", ".2.gz", "-20250304", ".20250304-050607"]) {
    assert.equal(formatOfName(`/var/lib/docker/containers/ab/ab-json.log${ending}`).kind, "docker");
    assert.equal(formatOfName(`/var/log/pods/p/c/0.log${ending}`).kind, "cri");
  }
  assert.equal(formatOfName("/var/log/pods/p/c/0.log").kind, "cri");
  assert.equal(formatOfName("/x-json.log/0.log").kind, "cri");
});

Deno.test("formatOfContent() believes the first record, whatever the name says", () => {
  assert.equal(kind(CRI), "cri");
  assert.equal(kind(DOCKER), "docker");
  assert.equal(kind(CRI, "/d/ab-json.log"), "cri");
  assert.equal(kind(CRI + DOCKER, "/d/ab-json.log"), "cri");
  assert.equal(kind(DOCKER + CRI), "docker");
});

Deno.test("formatOfContent() passes over lines that are no record of either", () => {
  assert.equal(kind(`\n\njunk\n{}\n${"\0".repeat(5000)}\n${DOCKER}`), "docker");
  assert.equal(kind(`garbage\n${CRI}`, "/d/ab-json.log"), "cri");
});

Deno.test("formatOfContent() falls back to the name where no line is a record", () => {
  for (const text of ["", "\n", "junk", "junk\n{}\n"]) {
    assert.equal(kind(text), "cri");
    assert.equal(kind(text, "/d/ab-json.log"), "docker");
  }
});
