/**
 * `seccompProfile: RuntimeDefault`: the profile that container engines share, as an OCI runtime reads it.
 *
 * @module
 */

/** Comes with buildah and podman. */
const PROFILE = "/usr/share/containers/seccomp.json";

/** Where a rule holds. */
interface Condition {
  readonly arches?: readonly string[];
  readonly caps?: readonly string[];
}

/** A rule of the profile. */
interface Rule {
  readonly names: readonly string[];
  readonly action: string;
  readonly errnoRet?: number;
  readonly args?: readonly unknown[];
  readonly includes?: Condition;
  readonly excludes?: Condition;
}

/** The profile. */
interface Profile {
  readonly defaultAction: string;
  readonly defaultErrnoRet?: number;
  readonly archMap: readonly { readonly architecture: string; readonly subArchitectures: readonly string[] | null }[];
  readonly syscalls: readonly Rule[];
}

/** The profile for this machine and a container's capabilities. */
export async function runtimeDefault(capabilities: readonly string[]): Promise<unknown> {
  const { defaultAction, defaultErrnoRet, archMap, syscalls }: Profile = JSON.parse(await Deno.readTextFile(PROFILE));
  const isArm = Deno.build.arch === "aarch64";
  const arch = isArm ? "arm64" : "amd64";
  const architecture = isArm ? "SCMP_ARCH_AARCH64" : "SCMP_ARCH_X86_64";
  const isHere = (arches: readonly string[]): boolean => arches.includes(arch);
  const isGiven = (caps: readonly string[]): boolean => caps.some((name) => capabilities.includes(name));
  const holds = ({ includes = {}, excludes = {} }: Rule): boolean =>
    isHere(includes.arches ?? [arch]) && (includes.caps === undefined || isGiven(includes.caps)) &&
    !isHere(excludes.arches ?? []) && !isGiven(excludes.caps ?? []);
  return {
    defaultAction,
    ...(defaultErrnoRet === undefined ? {} : { defaultErrnoRet }),
    architectures: archMap.filter((it) => it.architecture === architecture)
      .flatMap((it) => [it.architecture, ...it.subArchitectures ?? []]),
    syscalls: syscalls.filter(holds).map(({ names, action, errnoRet, args = [] }) => ({
      names,
      action,
      ...(errnoRet === undefined ? {} : { errnoRet }),
      ...(args.length === 0 ? {} : { args }),
    })),
  };
}
