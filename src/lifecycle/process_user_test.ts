import assert from "#assert";
import { processUser } from "./process_user.ts";

Deno.test({
  name: "processUser names the user and groups of the process",
  permissions: { sys: ["uid", "gid"] },
  fn: () => assert.match(processUser() ?? "", RegExp(`^user ${Deno.uid()}, groups? ${Deno.gid()}\\b`)),
});

Deno.test({
  name: "processUser asks for no permission that it has not got",
  permissions: { sys: ["uid"] },
  fn: () => assert.equal(processUser(), undefined),
});
