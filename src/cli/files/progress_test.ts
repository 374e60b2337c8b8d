import assert from "#assert";
import { createProgress, progressText } from "./progress.ts";

const MIB = 1024 * 1024;

Deno.test("progressText() tells share, size and rate", () => {
  assert.equal(
    progressText(256 * MIB, 1024 * MIB, 250),
    "[######------------------]  25%  256.0 MiB of 1.0 GiB  1.0 GiB/s",
  );
  assert.equal(progressText(0, 10 * MIB, 1000), "[------------------------]   0%  0.0 MiB of 10.0 MiB  0.0 MiB/s");
  assert.equal(progressText(10 * MIB, 0, 1000), "[########################] 100%  0.0 MiB of 0.0 MiB  10.0 MiB/s");
  // Some bytes are read twice.
  assert.equal(
    progressText(12 * MIB, 10 * MIB, 1000),
    "[########################] 100%  10.0 MiB of 10.0 MiB  12.0 MiB/s",
  );
  assert.equal(progressText(1536 * MIB, undefined, 2000), "1.5 GiB  768.0 MiB/s");
});

Deno.test("createProgress() draws after half a second, ten times a second, and takes away what it has drawn", () => {
  const written: string[] = [];
  let at = 1000;
  const progress = createProgress({ total: 10 * MIB, write: (text) => void written.push(text), now: () => at });
  for (at of [1100, 1499]) progress.add(MIB);
  progress.clear();
  assert.deepEqual(written, [], "nothing was drawn, nothing is to be taken away");
  for (at of [1500, 1550, 1599, 1600, 1650]) progress.add(MIB);
  progress.clear();
  progress.clear();
  for (at of [1700]) progress.add(MIB);
  assert.deepEqual(written, [
    "\r\x1b[K[#######-----------------]  30%  3.0 MiB of 10.0 MiB  6.0 MiB/s",
    "\r\x1b[K[##############----------]  60%  6.0 MiB of 10.0 MiB  10.0 MiB/s",
    "\r\x1b[K",
    "\r\x1b[K[###################-----]  80%  8.0 MiB of 10.0 MiB  11.4 MiB/s",
  ]);
});
