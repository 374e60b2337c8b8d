import assert from "#assert";
import { InvalidMetadataError, PermissionDeniedError, UnauthenticatedError } from "./errors.ts";
import type { Identity, Principal, RequestCredentials } from "./identity.ts";
import { identify } from "./proxy_trust.ts";

const proxy: RequestCredentials = {
  commonName: "proxy",
  hasCertificate: true,
  remoteUser: ["alice"],
  remoteGroup: [],
  remoteExtras: [],
  authorization: [],
};
const anyName = { allowedNames: [] };

function identityOf(caller: Principal): Identity {
  if (caller.kind !== "identity") throw new Error("not an identity");
  return caller.identity;
}

function extraOf(json: string): unknown {
  return identityOf(identify({ ...proxy, remoteExtras: [json] }, anyName)).extra;
}

/** Objects without a prototype compare as what they hold. */
function plain(extra: unknown): unknown {
  return JSON.parse(JSON.stringify(extra));
}

Deno.test("identify() refuses whoever shows no certificate, whatever the list", () => {
  for (const allowedNames of [[], ["proxy"]]) {
    for (const evidence of [{ hasCertificate: false, commonName: undefined }, { hasCertificate: false }]) {
      assert.throws(
        () => identify({ ...proxy, ...evidence }, { allowedNames }),
        (error: unknown) => error instanceof UnauthenticatedError && error.message === "client certificate required",
      );
    }
  }
});

Deno.test("identify() refuses a certificate without a common name, even where any name will do", () => {
  for (const commonName of [undefined, ""]) {
    assert.throws(() => identify({ ...proxy, commonName }, anyName), {
      name: "UnauthenticatedError",
      message: "client certificate required",
    });
  }
});

Deno.test("identify() refuses a common name outside the list, and one that is nearly in it", () => {
  for (const commonName of ["rogue", "Proxy", " proxy", "proxy ", "proxy\0", "proxy,other", "prox", "__proto__"]) {
    assert.throws(
      () => identify({ ...proxy, commonName }, { allowedNames: ["proxy", "other"] }),
      (error: unknown) =>
        error instanceof PermissionDeniedError && error.message === `proxy CN "${commonName}" not in allowed list`,
    );
  }
});

Deno.test("identify() accepts a common name in the list", () => {
  const caller = identify({ ...proxy, commonName: "second" }, { allowedNames: ["proxy", "second"] });
  assert.equal(identityOf(caller).user, "alice");
});

Deno.test("identify() accepts any common name where the list is empty, with empty groups and extra", () => {
  const identity = identityOf(identify({ ...proxy, commonName: "anything" }, anyName));
  assert.deepEqual({ user: identity.user, groups: identity.groups, extra: plain(identity.extra) }, {
    user: "alice",
    groups: [],
    extra: {},
  });
});

Deno.test("identify() does not look at headers before the common name is believed", () => {
  const evidence = { ...proxy, commonName: "rogue", remoteUser: [], remoteGroup: ["\xff"], remoteExtras: ["{"] };
  assert.throws(() => identify(evidence, { allowedNames: ["proxy"] }), PermissionDeniedError);
});

Deno.test("identify() looks at user, groups and extras in this order", () => {
  const evidence = { ...proxy, remoteUser: [], remoteGroup: ["\xff"], remoteExtras: ["{"] };
  assert.throws(() => identify(evidence, anyName), UnauthenticatedError);
  assert.throws(() => identify({ ...evidence, remoteUser: ["a"] }, anyName), {
    message: "invalid metadata for x-remote-group",
  });
  assert.throws(() => identify({ ...evidence, remoteUser: ["a"], remoteGroup: [] }, anyName), {
    message: "invalid metadata for x-remote-extras",
  });
});

Deno.test("identify() refuses a user that is missing, empty or blank", () => {
  for (const remoteUser of [[], [""], [" "], ["\t "], ["", "alice"]]) {
    assert.throws(
      () => identify({ ...proxy, remoteUser }, anyName),
      (error: unknown) => error instanceof UnauthenticatedError && error.message === "missing user header",
    );
  }
});

Deno.test("identify() takes the first of two users, as it is written", () => {
  const user = "system:serviceaccount:team-a:it, or not";
  assert.equal(identityOf(identify({ ...proxy, remoteUser: [user, "root"] }, anyName)).user, user);
});

Deno.test("identify() refuses user, group and extras that are not printable ASCII", () => {
  for (const bad of ["ü", "\u00fc", "a\0", "a\nb", "a\x7f", "\u{1f600}", "\ud800"]) {
    for (
      const [header, evidence] of [
        ["x-remote-user", { remoteUser: [bad] }],
        ["x-remote-group", { remoteGroup: ["good", bad] }],
        ["x-remote-extras", { remoteExtras: [`{"k":["${bad}"]}`] }],
      ] as const
    ) {
      assert.throws(
        () => identify({ ...proxy, ...evidence }, anyName),
        (error: unknown) => error instanceof InvalidMetadataError && error.message === `invalid metadata for ${header}`,
      );
    }
  }
});

Deno.test("identify() collects every group once, sorted, without empty ones, and splits none", () => {
  const remoteGroup = ["z", "", "domain users", "cn=a,ou=b", "z", "A", ""];
  assert.deepEqual(identityOf(identify({ ...proxy, remoteGroup }, anyName)).groups, [
    "A",
    "cn=a,ou=b",
    "domain users",
    "z",
  ]);
});

Deno.test("identify() takes ten thousand groups", () => {
  const remoteGroup = Array.from({ length: 10_000 }, (_, i) => `group-${i}`);
  assert.equal(identityOf(identify({ ...proxy, remoteGroup }, anyName)).groups.length, 10_000);
});

Deno.test.each([
  { json: '{"scopes":["write","read"]}', extra: { scopes: ["read", "write"] } },
  {
    json: '{"authentication.kubernetes.io/credential-id":["JTI=1"],"a%2fb":["x","y"]}',
    extra: { "authentication.kubernetes.io/credential-id": ["JTI=1"], "a%2fb": ["x", "y"] },
  },
  { json: "{}", extra: {} },
  { json: '{"k":[],"j":["v"]}', extra: { j: ["v"] } },
  { json: '{"k":[]}', extra: {} },
  { json: '{"k":["v","v","w"]}', extra: { k: ["v", "w"] } },
  { json: '{"k":["\\u003ctag\\u003e \\u00e9 \\"q\\""]}', extra: { k: ['<tag> é "q"'] } },
  { json: '{"k":[""]}', extra: { k: [""] } },
  { json: '{"Scopes":["x"]}', extra: { Scopes: ["x"] } },
  { json: '{"k":["a"],"k":["b"]}', extra: { k: ["b"] } },
  { json: ' { "k" : [ "v" ] } ', extra: { k: ["v"] } },
])("identify() reads extras $json", ({ json, extra }) => {
  assert.deepEqual(plain(extraOf(json)), extra);
});

Deno.test.each(
  [
    "not-json",
    "",
    " ",
    "[]",
    '["a"]',
    '"a"',
    "null",
    "1",
    "true",
    '{"k":"v"}',
    '{"k":[1]}',
    '{"k":[null]}',
    '{"k":null}',
    '{"k":{"0":"v","length":1}}',
    '{"k":["v"]',
    '{"k":["v"]} x',
    '{"k":[["v"]]}',
    "{'k':['v']}",
    '{"k":["\\ud800"]}',
    '{"\\udc00":["v"]}',
    '{"k":["v"],"j":1}',
    "[".repeat(50_000),
    `${'{"k":'.repeat(50_000)}1${"}".repeat(50_000)}`,
  ].map((json) => ({ json, shown: json.slice(0, 30) })),
)("identify() refuses extras $shown", ({ json }) => {
  assert.throws(
    () => extraOf(json),
    (error: unknown) =>
      error instanceof InvalidMetadataError && error.message === "invalid metadata for x-remote-extras",
  );
});

Deno.test("identify() takes the first of two extras and none for none", () => {
  const remoteExtras = ['{"k":["1"]}', "not-json"];
  assert.deepEqual(plain(identityOf(identify({ ...proxy, remoteExtras }, anyName)).extra), { k: ["1"] });
  assert.deepEqual(plain(identityOf(identify(proxy, anyName)).extra), {});
});

Deno.test("identify() takes prototype keys for keys like any other", () => {
  const extra = extraOf('{"__proto__":["polluted"],"constructor":["c"],"toString":["t"]}') as Record<string, unknown>;
  assert.deepEqual(Object.keys(extra), ["__proto__", "constructor", "toString"]);
  assert.equal(JSON.stringify(extra), '{"__proto__":["polluted"],"constructor":["c"],"toString":["t"]}');
  assert.equal(Object.getPrototypeOf(extra), null);
  assert.equal(({} as Record<string, unknown>)["polluted"], undefined);
});
