import assert from "#assert";
import { demo } from "./collector_demo.ts";

Deno.test("demo comes to its end", async () => {
  let text = "";
  const code = await demo({ print: (more) => text += more, stepMs: 0 });
  assert.equal(code, 0, text);
  assert.match(text, /10\.0\.1\.8 +shop\/nightly-29384750-l5w9z +CronJob +nightly +shop\/report:2\n/);
  assert.match(text, /answered 410: too old resource version\n/);
});
