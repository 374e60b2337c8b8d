import assert from "#assert";
import type { ConnectionOptions } from "node:tls";
import { runServer } from "../../../tests/support/agent_server.ts";
import { resumeHandshake, type ResumingOptions } from "../../../tests/support/resuming_client.ts";
import { shakeHands } from "../../../tests/support/tls_client.ts";
import {
  type Authority,
  issue,
  issueAuthority,
  type IssueOptions,
  type Leaf,
  makeAuthority,
} from "../../../tests/fakes/certificates.ts";
import { services } from "../descriptor.ts";
import { parseAuthorities, parseServerCertificate, type ServerCertificate } from "./pem.ts";

const earlier = await makeAuthority("Earlier authority");
const later = await makeAuthority("Later authority");
const trusted = earlier.certPem + later.certPem;

async function serverLeaf(authority: Authority, commonName: string): Promise<Leaf> {
  return await issue(authority, { commonName, names: ["localhost", "127.0.0.1"], usages: ["server"] });
}

function certificateOf({ certPem, keyPem }: Leaf): ServerCertificate {
  return parseServerCertificate({ path: "/c", text: certPem }, { path: "/k", text: keyPem });
}

const authoritiesOf = (text: string): ReturnType<typeof parseAuthorities> => parseAuthorities({ path: "/a", text });

async function shown(authority: Authority, options: Partial<IssueOptions> = {}): Promise<ConnectionOptions> {
  const { certPem, keyPem } = await issue(authority, { commonName: "test-client", usages: ["client"], ...options });
  return { cert: certPem, key: keyPem };
}

Deno.test("a new certificate is shown to new connections, and open ones go on", async () => {
  await using running = await runServer([]);
  const { credentials, port } = running;
  const ca = running.certificates.authority.certPem;
  const client = running.client();
  const health = async (): Promise<string> => (await client.unary(services.health.Check, { service: "" })).code;
  assert.equal(await health(), "OK");
  const own = await shown(running.certificates.authority);
  assert.equal((await shakeHands(port, { ...own, ca })).server, "test-server");
  await credentials.useCertificate(certificateOf(await serverLeaf(later, "new-server")));
  assert.equal((await shakeHands(port, { ...own, ca: later.certPem })).server, "new-server");
  assert.equal((await shakeHands(port, { ...own, ca })).server, undefined, "the client trusts the earlier one only");
  assert.equal(await health(), "OK");
});

Deno.test("new connections are verified against the new authorities, with open ones nothing happens", async () => {
  await using running = await runServer([]);
  const { credentials, port, certificates } = running;
  const ca = certificates.authority.certPem;
  const client = running.client();
  const health = async (): Promise<string> => (await client.unary(services.health.Check, { service: "" })).code;
  assert.equal(await health(), "OK");
  const [oldClient, newClient] = [await shown(certificates.authority), await shown(later)];
  const served = async (shows: ConnectionOptions): Promise<boolean> =>
    (await shakeHands(port, { ...shows, ca })).server !== undefined;
  await credentials.useAuthorities(authoritiesOf(ca + later.certPem));
  assert.deepEqual([await served(oldClient), await served(newClient)], [true, true]);
  await credentials.useAuthorities(authoritiesOf(later.certPem));
  assert.deepEqual([await served(oldClient), await served(newClient)], [false, true]);
  assert.equal(await health(), "OK");
});

for (const maxVersion of ["TLSv1.2", "TLSv1.3"] as const) {
  Deno.test(`a client of a removed authority does not come in by a session, ${maxVersion}`, async () => {
    await using running = await runServer([]);
    const { credentials, port, certificates, tlsFailures } = running;
    const ca = certificates.authority.certPem;
    await credentials.useAuthorities(authoritiesOf(ca + later.certPem));
    const clientOf = async (authority: Authority): Promise<ResumingOptions> => {
      const { certPem: cert, keyPem: key } = await issue(authority, { commonName: "test-client", usages: ["client"] });
      return { cert, key, ca, maxVersion };
    };
    const [removed, kept] = [await clientOf(certificates.authority), await clientOf(later)];
    const { session } = await resumeHandshake(port, removed);
    const again = await resumeHandshake(port, { ...removed, session });
    assert.deepEqual([again.reused, again.served], [true, true], "sessions are resumed at all");

    await credentials.useAuthorities(authoritiesOf(later.certPem));
    const { reused, served } = await resumeHandshake(port, { ...removed, session: again.session || session });
    assert.deepEqual([reused, served], [true, false]);
    assert.match(tlsFailures.at(-1)?.reason ?? "", /began before an authority was taken out of tls.ca-file/);
    assert(!(await resumeHandshake(port, removed)).served);
    // A client of the other authority comes in by a whole handshake, and by its sessions from then on.
    const whole = await resumeHandshake(port, kept);
    const resumed = await resumeHandshake(port, { ...kept, session: whole.session });
    assert.deepEqual([whole.reused, whole.served, resumed.reused, resumed.served], [false, true, true, true]);
    assert.equal((await shakeHands(port, { ca })).server, undefined, "a client without a certificate");
  });
}

Deno.test("what cannot be served is refused, and what was there goes on", async () => {
  await using running = await runServer([]);
  const { credentials, port, certificates } = running;
  const client = { ...await shown(certificates.authority), ca: certificates.authority.certPem };
  const tooMany = authoritiesOf(certificates.authority.certPem.repeat(1_500));
  await assert.rejects(credentials.useAuthorities(tooMany), { name: "CredentialFileError", message: /^Cannot serve/ });
  const other = await serverLeaf(later, "other");
  const mixed = { ...certificateOf(other), key: certificates.client.keyPem };
  await assert.rejects(credentials.useCertificate(mixed), { name: "CredentialFileError" });
  assert.equal((await shakeHands(port, client)).server, "test-server");
});

Deno.test("intermediate certificates are served, with those that come with a new one", async () => {
  await using running = await runServer([]);
  const client = { ...await shown(running.certificates.authority), ca: earlier.certPem };
  const middle = await issueAuthority(earlier, "Middle");
  const { certPem, keyPem } = await serverLeaf(middle, "below-middle");
  await running.credentials.useCertificate(certificateOf({ certPem: certPem + middle.certPem, keyPem }));
  assert.equal((await shakeHands(running.port, client)).server, "below-middle");
  await running.credentials.useCertificate(certificateOf({ certPem, keyPem }));
  assert.equal((await shakeHands(running.port, client)).server, undefined, "the chain is what the client needs");
});

Deno.test("certificates are swapped amid a thousand handshakes: each gets one of them, and none fails", async () => {
  await using running = await runServer([]);
  const { credentials, port, certificates } = running;
  const client = { ...await shown(certificates.authority), ca: trusted };
  const leaves = [await serverLeaf(earlier, "earlier"), await serverLeaf(later, "later")].map(certificateOf);
  const counts = new Map<string | undefined, number>();
  await credentials.useCertificate(leaves[0] ?? assert.fail());
  let begun = 0;
  const shakeMany = async (): Promise<void> => {
    while (begun < 1_000) {
      begun++;
      if (begun % 100 === 0) {
        const authorities = authoritiesOf(certificates.authority.certPem + (begun % 200 === 0 ? later.certPem : ""));
        await credentials.useCertificate(leaves[begun / 100 % 2] ?? assert.fail());
        await credentials.useAuthorities(authorities);
      }
      const { server } = await shakeHands(port, client);
      counts.set(server, (counts.get(server) ?? 0) + 1);
    }
  };
  await Promise.all(Array.from({ length: 20 }, shakeMany));
  assert.deepEqual([...counts.keys()].sort(), ["earlier", "later"]);
});
