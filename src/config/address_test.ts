import assert from "#assert";
import { addressText, parseAddress } from "./address.ts";

for (
  const [text, host, port, back] of [
    [":50051", "::", 50051, "[::]:50051"],
    ["[::]:50051", "::", 50051, undefined],
    ["[::1]:0", "::1", 0, undefined],
    ["[fe80::1%eth0]:1", "fe80::1%eth0", 1, undefined],
    ["127.0.0.1:65535", "127.0.0.1", 65535, undefined],
    ["localhost:50051", "localhost", 50051, undefined],
    ["a-b.example.com:1", "a-b.example.com", 1, undefined],
  ] as const
) {
  Deno.test(`parseAddress reads ${text}, and addressText writes it`, () => {
    const address = parseAddress(text);
    assert.deepEqual(address, { host, port });
    assert.equal(address && addressText(address), back ?? text);
  });
}

for (
  const text of [
    "",
    ":",
    "50051",
    "localhost",
    "localhost:",
    "localhost:grpc",
    ":65536",
    ":-1",
    ":1e3",
    ": 1",
    " :1",
    "::1:50051",
    "[::1]50051",
    "[]:1",
    "[127.0.0.1]:1",
    "10.0.0.256:1",
    "10.0.0:1",
    "-x:1",
    "a b:1",
    "http://x:1",
    "x:1/",
    "x:1\n",
  ]
) {
  Deno.test(`parseAddress refuses ${JSON.stringify(text)}`, () => {
    assert.equal(parseAddress(text), undefined);
  });
}
