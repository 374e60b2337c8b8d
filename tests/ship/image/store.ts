/**
 * Images as buildah keeps them, in a folder of their own that goes away with the checks.
 *
 * @module
 */
import { projectFolder, projectText } from "../../support/project.ts";
import { cached } from "../programs.ts";
import type { ImageConfig, UnpackedImage } from "./container.ts";

/** What an image is built with. */
export interface BuildOptions {
  /** Arguments of the Dockerfile. */
  readonly args: Readonly<Record<string, string>>;
  /** Folders in place of stages, by their names. @default {{}} */
  readonly contexts?: Readonly<Record<string, string>>;
}

/** An image. */
export interface BuiltImage extends UnpackedImage {
  /** How many layers it has. */
  readonly layers: number;
  /** The bytes of its files. */
  readonly bytes: number;
  /** Its labels. */
  readonly labels: Readonly<Record<string, string>>;
}

/** A place for images. Disposing of it removes them. */
export interface ImageStore extends AsyncDisposable {
  /** Puts stand-ins under the names of the Dockerfile's bases. */
  makeBases(): Promise<void>;
  /** Builds the Dockerfile, and unpacks the result. */
  build(options: BuildOptions): Promise<BuiltImage>;
}

/** The time of every file in an image, in seconds since 1970. */
export const EPOCH = 1_767_225_600;

/** Why there can be no store on this machine; undefined where there can. */
export async function storeMissing(): Promise<string | undefined> {
  if (Deno.uid() !== 0) return "only root may mount, and build images without an engine";
  if (Deno.build.arch !== "x86_64" && Deno.build.arch !== "aarch64") return `no image for ${Deno.build.arch}`;
  try {
    await debianTar();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Opens one. */
export async function openStore(): Promise<ImageStore> {
  const root = await Deno.makeTempDir({ prefix: "image-store-" });
  const driver = await canOverlay(root) ? "overlay" : "vfs";
  const buildah = async (...args: readonly string[]): Promise<string> =>
    await run("buildah", [`--root=${root}/root`, `--runroot=${root}/run`, `--storage-driver=${driver}`, ...args]);
  return {
    makeBases: () => makeBases(buildah),
    build: (options) => build(buildah, options),
    [Symbol.asyncDispose]: async () => {
      await buildah("umount", "--all");
      await Deno.remove(root, { recursive: true });
    },
  };
}

/** Whether one folder can be laid over another: `vfs` does without, and copies everything for each layer. */
async function canOverlay(root: string): Promise<boolean> {
  const folder = `${root}/overlay-trial`;
  for (const name of ["lower", "upper", "work", "merged"]) await Deno.mkdir(`${folder}/${name}`, { recursive: true });
  const layers = `lowerdir=${folder}/lower,upperdir=${folder}/upper,workdir=${folder}/work`;
  const mount = ["mount", "-t", "overlay", "overlay", "-o", layers, `${folder}/merged`];
  // In mounts of its own, which end with it.
  const { success } = await new Deno.Command("unshare", { args: ["--mount", ...mount], stderr: "null" }).output();
  return success;
}

type Buildah = (...args: readonly string[]) => Promise<string>;

/** The names of the Dockerfile's bases, by the arguments that have them. */
async function baseNames(): Promise<Readonly<Record<"DENO_IMAGE" | "GO_IMAGE" | "DEBIAN_IMAGE", string>>> {
  const text = await projectText("Dockerfile");
  const args: Record<string, string> = {};
  for (const [, name = "", value = ""] of text.matchAll(/^ARG (\w+)=(.*)$/gm)) {
    args[name] ??= value.replaceAll(/\$\{(\w+)\}/g, (_, other: string) => args[other] ?? "");
  }
  const { DENO_IMAGE = "", GO_IMAGE = "", DEBIAN_IMAGE = "" } = args;
  return { DENO_IMAGE, GO_IMAGE, DEBIAN_IMAGE };
}

/** Debian from its packages, with this machine's Deno; its Go is mounted when something is built. Nothing is pulled. */
async function makeBases(buildah: Buildah): Promise<void> {
  const names = await baseNames();
  const make = async (from: string, name: string, files: Readonly<Record<string, string>>): Promise<string> => {
    const container = await buildah("from", "--pull-never", from);
    for (const [path, source] of Object.entries(files)) await buildah("add", "--quiet", container, source, path);
    // Deno and Go trust whom this machine trusts.
    await buildah("config", "--env=DENO_DIR=/deno-dir/", "--env=DENO_TLS_CA_STORE=mozilla,system", container);
    await buildah("config", "--env=GOPATH=/go", container);
    await buildah("config", "--env=PATH=/usr/local/go/bin:/usr/local/bin:/usr/bin:/bin", container);
    await buildah("commit", "--quiet", "--rm", container, name);
    return name;
  };
  const certificates = "/etc/ssl/certs/ca-certificates.crt";
  await make("scratch", names.DEBIAN_IMAGE, { "/": await debianTar(), [certificates]: certificates });
  await make(names.DEBIAN_IMAGE, names.DENO_IMAGE, { "/usr/bin/deno": await Deno.realPath(Deno.execPath()) });
  await make(names.DEBIAN_IMAGE, names.GO_IMAGE, {});
}

async function build(buildah: Buildah, { args, contexts = {} }: BuildOptions): Promise<BuiltImage> {
  const idFile = await Deno.makeTempFile({ prefix: "image-id-" });
  const caches = {
    "/root/.cache/go-build": await run("go", ["env", "GOCACHE"]),
    "/go/pkg/mod": await run("go", ["env", "GOMODCACHE"]),
    "/deno-dir": await denoFolder(),
  };
  // Go and Deno make theirs when they need them first.
  for (const folder of Object.values(caches)) await Deno.mkdir(folder, { recursive: true });
  const all = {
    ...{ TARGETARCH: Deno.build.arch === "x86_64" ? "amd64" : "arm64", SOURCE_DATE_EPOCH: String(EPOCH) },
    ...args,
  };
  await buildah(
    "build",
    ...["--isolation=chroot", "--pull-never", "--layers=false", "--network=host"],
    ...Object.entries(all).map(([key, value]) => `--build-arg=${key}=${value}`),
    ...Object.entries(contexts).map(([key, folder]) => `--build-context=${key}=${folder}`),
    `--volume=${await run("go", ["env", "GOROOT"])}:/usr/local/go:ro`,
    // What has been downloaded and compiled already; the probe's own sums hold for it.
    ...Object.entries(caches).map(([place, folder]) => `--volume=${folder}:${place}`),
    `--iidfile=${idFile}`,
    projectFolder.pathname,
  );
  const id = await Deno.readTextFile(idFile);
  await Deno.remove(idFile);
  const { OCIv1: { config, rootfs } } = JSON.parse(await buildah("inspect", "--type=image", id));
  const folder = await buildah("mount", await buildah("from", "--pull-never", id));
  return {
    rootfs: folder,
    bytes: await bytesIn(folder),
    config: config satisfies ImageConfig,
    layers: rootfs.diff_ids.length,
    labels: config.Labels,
  };
}

async function bytesIn(folder: string): Promise<number> {
  let bytes = 0;
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = `${folder}/${name}`;
    bytes += isDirectory ? await bytesIn(path) : (await Deno.lstat(path)).size;
  }
  return bytes;
}

/** Debian as its packages make it, put into the cache once. */
async function debianTar(): Promise<string> {
  const folder = await cached("debian-trixie", async (into) => {
    await run("mmdebstrap", ["--quiet", "--variant=minbase", "--mode=root", "trixie", `${into}/debian.tar`]);
  });
  return `${folder}/debian.tar`;
}

/** Where Deno keeps what it has downloaded. */
async function denoFolder(): Promise<string> {
  const info: { readonly denoDir: string } = JSON.parse(await run(Deno.execPath(), ["info", "--json"]));
  return info.denoDir;
}

async function run(command: string, args: readonly string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(command, { args: [...args] }).output();
  const decoder = new TextDecoder();
  if (success) return decoder.decode(stdout).trim();
  const said = decoder.decode(stderr).trim().split("\n").slice(-20).join("\n");
  throw new Error(`${command} ${args.join(" ")}:\n${decoder.decode(stdout).slice(-2000)}\n${said}`);
}
