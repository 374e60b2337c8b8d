// deno-lint-ignore-file no-console -- this is what it is for
/**
 * Runs an unpacked image as a cluster would, and looks at what it does: `drive.ts ROOTFS CONFIG [CHECK]…`.
 *
 * `CONFIG` is a file with the image's configuration as `docker inspect` tells it. Without a check, all that go with the
 * image's program are made. Has to be root, in a network and in mounts of its own: `own_network.ts`.
 *
 * @module
 */
import type { ImageConfig, UnpackedImage } from "./container.ts";
import { CHECKS, checksOf } from "./drive_checks.ts";

const [rootfs = "", configFile = "", ...names] = Deno.args;
const config: ImageConfig = JSON.parse(await Deno.readTextFile(configFile));
const image: UnpackedImage = { rootfs, config };
for (const name of names.length === 0 ? checksOf(config) : names) {
  const check = CHECKS[name];
  if (check === undefined) throw new TypeError(`Unknown check "${name}": ${Object.keys(CHECKS).join(", ")}`);
  await check(image);
  console.log(`ok ${name}`);
}
