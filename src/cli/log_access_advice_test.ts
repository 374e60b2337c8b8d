import assert from "#assert";
import { logAccessAdvice } from "./log_access_advice.ts";

const file = { path: "/var/log/pods/a/0.log", isFolder: false, uid: 0, gid: 0, mode: 0o640 };
const user = { uid: 1000, groups: [1000] };

for (
  const [what, barrier, ids, advice] of [
    ["another group", { ...file, gid: 997 }, user, /^Run with group 997: runAsGroup: 997, /],
    ["another user", { ...file, mode: 0o600, uid: 42 }, user, /run as user 42, with runAsUser: 42,/],
    [
      "root, where a runtime's user owns the file",
      { ...file, mode: 0o600, uid: 42 },
      { uid: 0, groups: [0] },
      /user 42/,
    ],
    ["a mode for nobody", { ...file, mode: 0 }, user, /^Its mode lets nobody read it/],
    ["an owner that its own bits shut out", { ...file, mode: 0o044 }, { uid: 0, groups: [0] }, /^Run with group 0/],
    ["a module beside modes, for the owner", file, { uid: 0, groups: [] }, /^Its mode allows it, .*SELinux/],
    ["a module beside modes, for the group", file, { uid: 1000, groups: [1000, 0] }, /^Its mode allows it/],
    ["a folder that may be listed and not entered", { ...file, isFolder: true, mode: 0o744 }, user, /runAsUser: 0/],
    ["ids that are not known", file, undefined, /^Run with group 0/],
    ["a barrier that is not known", undefined, user, /^Run with group 0: .*mode 0600 need root without capabilities$/],
  ] as const
) {
  Deno.test(`the cure for ${what}`, () => assert.match(logAccessAdvice(barrier, ids), advice));
}
