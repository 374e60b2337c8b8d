import assert from "#assert";
import { readSettings } from "../src/config/read_settings.ts";
import { DEFAULT_TRANSPORT_LIMITS } from "../src/rpc/transport/transport_limits.ts";

Deno.test("the limits of connections that a server has by itself are the defaults of the settings", async () => {
  const { settings: { limits } } = await readSettings("/agent.yaml", {
    env: () => undefined,
    readText: () => Promise.resolve("tls: {cert-file: /c, key-file: /k, ca-file: /ca}\n"),
  });
  for (const [name, value] of Object.entries(DEFAULT_TRANSPORT_LIMITS)) {
    assert.equal(new Map<string, unknown>(Object.entries(limits)).get(name), value, name);
  }
});
