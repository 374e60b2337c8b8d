import assert from "#assert";
import { accessAdvice } from "./access_advice.ts";

const runsAs = "user 1000, group 1000";

for (
  const error of [
    Object.assign(new Error("EACCES: permission denied, open '/a'"), { code: "EACCES" }),
    Object.assign(new Error("EPERM: operation not permitted"), { code: "EPERM" }),
    new Deno.errors.PermissionDenied("Permission denied (os error 13)"),
    // As lists and gaps tell it.
    "PermissionDenied: EACCES",
    "failed to access log file /a: Permission denied (os error 13)",
  ]
) {
  Deno.test(`accessAdvice tells the groups of the process, and what helps, for ${error}`, () => {
    const advice = accessAdvice(error, { runsAs });
    assert.equal(advice.runsAs, runsAs);
    // Group 0 does not help with a file that only its owner may read.
    assert.match(advice.advice ?? "", /0640, .* group 0, .*; of mode 0600, only root/);
    assert.match(accessAdvice(error, { runsAs: undefined }).runsAs ?? "", /--allow-sys=uid,gid/);
  });
}

Deno.test("accessAdvice names the flag where Deno is what refuses", () => {
  for (
    const error of [new Deno.errors.NotCapable('Requires read access to "/a"'), "NotCapable: Requires read access"]
  ) {
    assert.deepEqual(accessAdvice(error, { runsAs }), {
      advice: "Add the folder that the log lies in to --allow-read, or to EXTRA_READ when the image is built",
    });
  }
});

Deno.test("accessAdvice has none for what is not about rights", () => {
  for (
    const error of [new Error("ENOENT"), "it was removed before it was read", "its target lies outside", undefined]
  ) {
    assert.deepEqual(accessAdvice(error, { runsAs }), {});
  }
});
