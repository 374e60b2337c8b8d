/**
 * A compiled program: what it may do, how V8 runs it and which files are in it, read from the bytes of a real
 * compilation. Its base is a program that every Linux has, so it is no agent that starts; nothing else is different.
 *
 * @module
 */
import assert from "#assert";
import { createHash } from "node:crypto";
import config from "../deno.json" with { type: "json" };
import { type Target, TARGETS } from "../tools/compile/base.ts";
import { type CompileOptions, compileProgram } from "../tools/compile/compile.ts";
import { type ProgramName, PROGRAMS } from "../tools/compile/programs.ts";
import { type CompiledProgram, readCompiled } from "./support/compiled_program.ts";
import { projectFolder } from "./support/project.ts";

/** Small, and a program. */
const BASE = await Deno.realPath("/bin/true");
const NAMES: readonly ProgramName[] = ["agent", "collector"];

/** A folder of the test's own. */
async function withFolder(fn: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "compile-" });
  try {
    await fn(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Compiles and reads. */
async function compiled(options: Partial<CompileOptions> & Pick<CompileOptions, "output">): Promise<CompiledProgram> {
  await compileProgram({
    program: "agent",
    target: Deno.build.target as Target,
    base: { path: BASE },
    warn: (text) => assert.fail(text),
    ...options,
  });
  return await readCompiled(options.output);
}

/** What a process of `deno task compile` does. */
async function task(
  words: readonly string[],
  { env, cwd = projectFolder }: { readonly env: Readonly<Record<string, string>>; readonly cwd?: string | URL },
): Promise<{ readonly code: number; readonly stderr: string }> {
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [...config.tasks.compile.command.split(" ").slice(1), ...words],
    cwd,
    env: { NO_COLOR: "1", DENORT_BIN: "", DENORT_SHA256: "", SOURCE_DATE_EPOCH: "", ...env },
    stdout: "null",
    stderr: "piped",
  }).output();
  return { code, stderr: new TextDecoder().decode(stderr) };
}

async function namesIn(folder: string): Promise<readonly string[]> {
  return (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name);
}

async function sha256Of(path: string): Promise<string> {
  return createHash("sha256").update(await Deno.readFile(path)).digest("hex");
}

/** What deno.json declares, in the words of a compiled program. */
function inMetadata(program: ProgramName): Readonly<Record<string, unknown>> {
  const { read, net, env, ...rest } = config.permissions[program];
  assert(net === true);
  return {
    allow_read: read,
    // An empty list is every address.
    allow_net: [],
    allow_sys: "sys" in rest ? rest.sys : null,
    allow_env: env.allow,
    ignore_env: env.ignore,
    prompt: false,
  };
}

for (const program of NAMES) {
  Deno.test(`the compiled ${program} may do what deno.json declares, and runs with its flags on its own files`, async () => {
    await withFolder(async (folder) => {
      const { metadata, files } = await compiled({ program, output: `${folder}/program` });
      // Where modules may be imported from: nothing that is compiled can import from anywhere.
      const { allow_import: _, ...permissions } = metadata.permissions;
      const given = Object.fromEntries(Object.entries(permissions).filter(([, value]) => value !== null));
      assert.deepEqual(given, withoutNull(inMetadata(program)));
      const [first, ...flags] = metadata.v8_flags;
      assert.equal(first, "UNUSED_BUT_NECESSARY_ARG0");
      assert.deepEqual(flags.slice(-PROGRAMS[program].v8Flags.length), PROGRAMS[program].v8Flags);
      assert.deepEqual(flags.slice(0, -PROGRAMS[program].v8Flags.length), OF_DENO);
      assert.deepEqual(metadata.otel_config, {
        tracing_enabled: true,
        metrics_enabled: false,
        console: "Ignore",
        deterministic_prefix: null,
        propagators: ["TraceContext"],
      });
      assert.deepEqual(metadata.argv, []);
      for (const absent of ["code_cache_key", "ca_stores", "ca_data", "node_modules"] as const) {
        assert.equal(metadata[absent], null, absent);
      }
      assert.equal(metadata.unsafely_ignore_certificate_errors, null);
      assert.deepEqual(metadata.env_vars_from_env_file, {});
      assert.equal(metadata.entrypoint_key, PROGRAMS[program].entry);
      assert(files.has(PROGRAMS[program].entry));
      for (const [name, { bytes, modifiedMs }] of files) {
        assert.match(name, /^[\w-]+\.js$/);
        assert(bytes > 0, name);
        assert.equal(modifiedMs, Date.UTC(1980, 0, 1), name);
      }
      const others = NAMES.filter((it) => it !== program).map((it) => PROGRAMS[it].entry);
      for (const other of ["main.js", ...others]) assert(!files.has(other), other);
    });
  });
}

/** What Deno tells V8 in every program. */
const OF_DENO = ["--stack-size=1024", "--inspector-live-edit", "--external-memory-max-reasonable-size=0"];

function withoutNull(record: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== null));
}

Deno.test("the agent and the collector hold nothing of each other but what both need", async () => {
  await withFolder(async (folder) => {
    const [agent, collector] = await Promise.all(
      NAMES.map(async (program) => (await compiled({ program, output: `${folder}/${program}` })).files),
    );
    const names = (files: ReadonlyMap<string, unknown> | undefined): string => [...files?.keys() ?? []].join(" ");
    assert.match(names(agent), /\bserve\.js.* stream\.js/);
    assert.doesNotMatch(names(agent), /\b(collect(?!or)|relay)/);
    assert.match(names(collector), /\bcollect\.js.*\brelay_sink\.js/);
    assert.doesNotMatch(names(collector), /\b(serve|grep|stream)\b/);
  });
});

for (const target of TARGETS) {
  Deno.test(`deno task compile makes both programs for ${target}, on Deno itself`, async () => {
    await withFolder(async (folder) => {
      for (const program of NAMES) {
        const output = `${folder}/bin/${program}`;
        const { code, stderr } = await task(["--program", program, "--target", target, "--output", output], {
          env: { DENORT_BIN: Deno.execPath(), DENORT_SHA256: await sha256Of(Deno.execPath()) },
        });
        assert.equal(code, 0, stderr);
        assert.equal((await readCompiled(output)).metadata.entrypoint_key, PROGRAMS[program].entry);
        const { mode } = await Deno.stat(output);
        assert.equal((mode ?? 0) & 0o777, 0o755);
        const isHere = target === Deno.build.target;
        assert.equal(/^Warning: DENORT_BIN is not for/m.test(stderr), !isHere, stderr);
        assert.match(stderr, /^Warning: DENORT_BIN is Deno itself/m);
        assert.deepEqual(await namesIn(`${folder}/bin`), [program], "nothing is left");
        await Deno.remove(output);
      }
    });
  });
}

Deno.test("what a builder adds comes after what is declared", async () => {
  await withFolder(async (folder) => {
    const { metadata } = await compiled({
      output: `${folder}/agent`,
      read: ["/data/docker/containers", "/srv/logs"],
      env: ["POD_IP", "CLUSTER_*"],
      v8Flags: ["--max-old-space-size=400"],
    });
    const { read, env } = config.permissions.agent;
    assert.deepEqual(metadata.permissions["allow_read"], [...read, "/data/docker/containers", "/srv/logs"]);
    assert.deepEqual(metadata.permissions["allow_env"], [...env.allow, "POD_IP", "CLUSTER_*"]);
    assert.deepEqual(metadata.permissions["ignore_env"], env.ignore);
    assert.deepEqual(metadata.permissions["allow_sys"], config.permissions.agent.sys);
    assert.deepEqual(metadata.v8_flags.slice(1), [...OF_DENO, "--max-old-space-size=400"]);
  });
});

Deno.test("the same sources give the same bytes: in another folder, at another time, for another builder", async () => {
  await withFolder(async (folder) => {
    await compiled({ output: `${folder}/first` });
    const copy = `${folder}/elsewhere/copy`;
    await copyProject(copy);
    const { code, stderr } = await task(["--output", `${folder}/second`], {
      cwd: copy,
      env: {
        DENORT_BIN: BASE,
        DENO_V8_FLAGS: "--max-heap-size=64,--predictable",
        DENO_TLS_CA_STORE: "system",
        DENO_CONDITIONS: "development",
        OTEL_DENO: "false",
        OTEL_DENO_METRICS: "true",
        OTEL_DENO_CONSOLE: "capture",
        OTEL_PROPAGATORS: "none",
        OTEL_SDK_DISABLED: "true",
        HOME: Deno.env.get("HOME") ?? "/",
      },
    });
    assert.equal(code, 0, stderr);
    assert.equal(await sha256Of(`${folder}/second`), await sha256Of(`${folder}/first`));

    const later = await compiled({ output: `${folder}/third`, sourceDateEpoch: 1_700_000_000 });
    assert.deepEqual(new Set([...later.files.values()].map(({ modifiedMs }) => modifiedMs)), new Set([17e11]));
    assert.notEqual(await sha256Of(`${folder}/third`), await sha256Of(`${folder}/first`));
  });
});

/** What a program is made of, in another folder, with the time of the copy. */
async function copyProject(to: string): Promise<void> {
  const copy = async (path: string): Promise<void> => {
    const from = new URL(path, projectFolder);
    if ((await Deno.stat(from)).isFile) {
      await Deno.copyFile(from, `${to}/${path}`);
      return;
    }
    await Deno.mkdir(`${to}/${path}`, { recursive: true });
    for await (const { name } of Deno.readDir(from)) await copy(`${path}/${name}`);
  };
  await Deno.mkdir(`${to}/tools`, { recursive: true });
  for (
    const path of ["main.ts", "agent.ts", "collector.ts", "deno.json", "deno.lock", "src", "proto", "tools/compile"]
  ) {
    await copy(path);
  }
}

for (
  const [what, env, words, message] of [
    ["a base with another checksum", { DENORT_BIN: BASE, DENORT_SHA256: "0".repeat(64) }, [], "has the SHA-256"],
    ["a base that is not there", { DENORT_BIN: "/nonexistent/denort" }, [], "DENORT_BIN: /nonexistent/denort: No such"],
    ["a base that is no program", { DENORT_BIN: "/etc/passwd" }, [], "is no program of Linux"],
    ["a checksum of nothing", { DENORT_SHA256: "0".repeat(64) }, [], "DENORT_SHA256 without DENORT_BIN"],
    [
      "a time that is none",
      { DENORT_BIN: BASE, SOURCE_DATE_EPOCH: "now" },
      [],
      'SOURCE_DATE_EPOCH: wanted seconds, got "now"',
    ],
    ["another program", {}, ["--program", "relay"], 'wanted agent or collector, got "relay"'],
    ["another platform", {}, ["--target", "riscv64-unknown-linux-gnu"], "wanted x86_64-unknown-linux-gnu or aarch64"],
    ["a folder that is nowhere", { DENORT_BIN: BASE }, ["--read", "/srv,logs"], 'wanted absolute paths, got "logs"'],
    ["the whole environment", { DENORT_BIN: BASE }, ["--env", "POD_IP,*"], "wanted names, with a * behind one"],
    ["another flag", {}, ["--nope"], "--nope"],
  ] satisfies [string, Readonly<Record<string, string>>, readonly string[], string][]
) {
  Deno.test(`deno task compile refuses ${what}, and writes nothing`, async () => {
    await withFolder(async (folder) => {
      const { code, stderr } = await task([...words, "--output", `${folder}/out`], { env });
      assert.notEqual(code, 0);
      assert(stderr.startsWith("Error: ") && stderr.includes(message), stderr);
      assert.doesNotMatch(stderr, /\bat .*\.ts:\d/);
      assert.deepEqual(await namesIn(folder), []);
    });
  });
}

Deno.test("deno task compile tells what is missing where there is no base and no network, and writes nothing", async () => {
  await withFolder(async (folder) => {
    const output = `${folder}/out/program`;
    const { code, stderr } = await task(["--target", "aarch64-unknown-linux-gnu", "--output", output], {
      // A proxy that nobody is behind.
      env: { HTTPS_PROXY: "http://127.0.0.1:1", DENO_DIR: await cacheWithoutBases(`${folder}/cache`) },
    });
    assert.equal(code, 1);
    const [first = "", second = ""] = stderr.split("\n");
    assert(
      first.startsWith(`Error: Cannot compile the program: denort of Deno ${Deno.version.deno} for aarch64-`),
      stderr,
    );
    assert.match(first, /is missing, and it could not be downloaded: error sending request .*onnect/);
    assert.match(second, /denort-aarch64-unknown-linux-gnu\.zip .*\.sha256sum.* DENORT_BIN.* DENORT_SHA256/);
    assert.deepEqual(await namesIn(`${folder}/out`), []);
  });
});

/** What Deno has downloaded on this machine, but for bases of compiled programs. */
async function cacheWithoutBases(to: string): Promise<string> {
  const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["info", "--json"] }).output();
  const { denoDir }: { readonly denoDir: string } = JSON.parse(new TextDecoder().decode(stdout));
  await Deno.mkdir(`${to}/dl`, { recursive: true });
  for (const folder of ["", "dl/"]) {
    for (const name of await namesIn(`${denoDir}/${folder}`)) {
      if (name === "dl" || name === "release") continue;
      await Deno.symlink(`${denoDir}/${folder}${name}`, `${to}/${folder}${name}`);
    }
  }
  return to;
}
