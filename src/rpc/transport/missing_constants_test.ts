import assert from "#assert";
import http2 from "node:http2";
import { services } from "../descriptor.ts";
import { runServer } from "../../../tests/support/agent_server.ts";

Deno.test("a call of another content type is answered 415", async () => {
  await using running = await runServer([]);
  const { authority, client: { certPem: cert, keyPem: key } } = running.certificates;
  const session = http2.connect(`https://localhost:${running.port}`, { ca: authority.certPem, cert, key });
  for (const type of ["application/json", "text/html", ""]) {
    const stream = session.request({ ":method": "POST", ":path": services.health.Check.path, "content-type": type });
    const { promise, resolve } = Promise.withResolvers<unknown>();
    stream.on("response", (headers) => resolve(headers[":status"]));
    stream.on("error", resolve);
    stream.end();
    assert.equal(await promise, 415, type);
  }
  await new Promise<void>((resolve) => session.close(resolve));
});
