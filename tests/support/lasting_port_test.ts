import assert from "#assert";
import { lastingPort, onLastingPort } from "./lasting_port.ts";

Deno.test("onLastingPort() takes another port where one is in use, and rejects for any other reason", async () => {
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const asked: number[] = [];
  const port = await onLastingPort((port) => {
    asked.push(port);
    if (asked.length < 3) Deno.listen({ hostname: "127.0.0.1", port: taken.addr.port });
    return Promise.resolve(port);
  });
  assert.equal(asked.length, 3);
  assert.equal(port, asked.at(-1));
  const reason = new Error("no rights");
  await assert.rejects(onLastingPort(() => Promise.reject(reason)), reason);
  await assert.rejects(onLastingPort(() => Promise.reject(new Error("listen EADDRINUSE"))), /EADDRINUSE/);
});

Deno.test("lastingPort() is none that the kernel gives by itself", async () => {
  const ports = await Promise.all(Array.from({ length: 50 }, lastingPort));
  assert.ok(ports.every((port) => port >= 20_000 && port < 30_000), `${ports}`);
  for (const port of ports) Deno.listen({ hostname: "127.0.0.1", port }).close();
});
