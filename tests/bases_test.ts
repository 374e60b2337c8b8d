/**
 * What `.ci/bases` prints: the bases of the Dockerfile by their digests, as arguments for the build.
 *
 * @module
 */
import assert from "#assert";
import { projectFolder, projectText } from "./support/project.ts";

const DIGEST = `sha256:${"0123456789abcdef".repeat(4)}`;

/** Runs the script beside a `docker` that answers every question with `answer`. */
async function basesWith(answer: string): Promise<{ readonly code: number; readonly stdout: string }> {
  const folder = await Deno.makeTempDir({ prefix: "bases-" });
  try {
    await Deno.writeTextFile(`${folder}/docker`, `#!/bin/bash\necho '${answer}'\n`, { mode: 0o755 });
    const { code, stdout } = await new Deno.Command("bash", {
      args: [".ci/bases"],
      cwd: projectFolder,
      env: { PATH: `${folder}:${Deno.env.get("PATH") ?? ""}` },
      stderr: "null",
    }).output();
    return { code, stdout: new TextDecoder().decode(stdout) };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("every base of the Dockerfile gets its digest", async () => {
  const deno = (await projectText(".dvmrc")).trim();
  const bases = [...(await projectText("Dockerfile")).matchAll(/^ARG (\w+_IMAGE)=(.*)$/gm)];
  assert.equal(bases.length, 3);
  const { code, stdout } = await basesWith(DIGEST);
  assert.equal(code, 0);
  const lines = bases.map(([, argument, name = ""]) =>
    `--build-arg=${argument}=${name.replace("${DENO_VERSION}", deno)}@${DIGEST}`
  );
  assert.deepEqual(stdout.trimEnd().split("\n"), lines);
});

Deno.test("an answer that is no digest ends the look-up", async () => {
  const { code, stdout } = await basesWith("sha256:none");
  assert.deepEqual({ code, stdout }, { code: 1, stdout: "" });
});

Deno.test("every base of the Dockerfile can be given by its digest", async () => {
  const froms = [...(await projectText("Dockerfile")).matchAll(/^FROM (?:--platform=\S+ )?(\S+)(?: AS (\S+))?$/gm)];
  const stages = new Set(froms.map(([, , stage]) => stage));
  const outside = froms.map(([, from = ""]) => from).filter((from) => {
    const variants = ["agent", "collector", "compiled", "deno"].map((it) =>
      from.replace(/\$\{(PROGRAM|RUNTIME)\}/, it)
    );
    return from !== "scratch" && !variants.some((name) => stages.has(name));
  });
  assert.deepEqual([...new Set(outside)].sort(), ["${DEBIAN_IMAGE}", "${DENO_IMAGE}", "${GO_IMAGE}"]);
});
