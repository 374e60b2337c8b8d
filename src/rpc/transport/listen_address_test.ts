import assert from "#assert";
import { listenTarget } from "./listen_address.ts";

Deno.test("listenTarget puts IPv6 addresses in brackets", () => {
  const hasIPv6 = (): boolean => true;
  const hosts = ["127.0.0.1", "localhost", "::", "[::]", "::1", "[fe80::1]"];
  assert.deepEqual(hosts.map((host) => listenTarget({ host, port: 50051 }, { hasIPv6 })), [
    "127.0.0.1:50051",
    "localhost:50051",
    "[::]:50051",
    "[::]:50051",
    "[::1]:50051",
    "[fe80::1]:50051",
  ]);
});

Deno.test("listenTarget takes IPv4's wildcard for IPv6's on a machine without IPv6, and no other address", () => {
  const hasIPv6 = (): boolean => false;
  const hosts = ["::", "[::]", "::1", "0.0.0.0"];
  assert.deepEqual(hosts.map((host) => listenTarget({ host, port: 0 }, { hasIPv6 })), [
    "0.0.0.0:0",
    "0.0.0.0:0",
    "[::1]:0",
    "0.0.0.0:0",
  ]);
});

Deno.test("listenTarget finds out by itself whether there is IPv6", () => {
  assert.match(listenTarget({ host: "::", port: 0 }), /^(\[::\]|0\.0\.0\.0):0$/);
});
