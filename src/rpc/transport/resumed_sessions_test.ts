import assert from "#assert";
import { ResumedSessions, type SessionSocket } from "./resumed_sessions.ts";

const tomorrow = new Date(Date.now() + 86_400_000).toUTCString();

function socket(name: string, reused: boolean, validTo: string = tomorrow): SessionSocket {
  return {
    isSessionReused: () => reused,
    getPeerCertificate: () => ({ raw: new Uint8Array(1) as never, fingerprint256: name, valid_to: validTo }),
  };
}

/** Whether a connection that begins now is let in. */
function accepts(sessions: ResumedSessions, it: SessionSocket, nowMs?: number): boolean {
  const tcp = {};
  sessions.begin(tcp);
  return sessions.accepts(it, { tcp, ...(nowMs === undefined ? {} : { nowMs }) });
}

const whole = false;
const resumed = true;

Deno.test("while no authority is taken away, a resumed session counts until its certificate expires", () => {
  const sessions = new ResumedSessions();
  assert(accepts(sessions, socket("a", resumed)));
  assert(!accepts(sessions, socket("a", resumed), Date.parse(tomorrow) + 1));
  assert(accepts(sessions, socket("a", whole), Date.parse(tomorrow) + 1), "TLS has checked this one");
});

Deno.test("after an authority is taken away, a session counts once its certificate has passed a whole handshake", () => {
  const sessions = new ResumedSessions();
  accepts(sessions, socket("a", whole));
  sessions.authorityRemoved();
  assert(!accepts(sessions, socket("a", resumed)));
  assert(accepts(sessions, socket("a", whole)));
  assert(accepts(sessions, socket("a", resumed)));
  assert(!accepts(sessions, socket("b", resumed)));
  assert(!accepts(sessions, socket("a", resumed), Date.parse(tomorrow) + 1));
  sessions.authorityRemoved();
  assert(!accepts(sessions, socket("a", resumed)));
});

Deno.test("a handshake that began before an authority was taken away does not count", () => {
  const sessions = new ResumedSessions();
  const tcp = {};
  sessions.begin(tcp);
  sessions.authorityRemoved();
  assert(!sessions.accepts(socket("a", whole), { tcp }));
  assert(!sessions.accepts(socket("a", whole), { tcp: undefined }));
  assert(!accepts(sessions, socket("a", resumed)));
});

Deno.test("a connection that is gone has no certificate, and is not let in", () => {
  const sessions = new ResumedSessions();
  assert(!accepts(sessions, { isSessionReused: () => resumed, getPeerCertificate: () => null }));
  assert(!accepts(sessions, { isSessionReused: () => resumed, getPeerCertificate: () => ({}) }));
});

Deno.test("a thousand certificates are remembered; the one that was shown longest ago is forgotten first", () => {
  const sessions = new ResumedSessions();
  sessions.authorityRemoved();
  for (let number = 0; number < 1_000; number++) accepts(sessions, socket(`${number}`, whole));
  assert(accepts(sessions, socket("0", resumed)));
  accepts(sessions, socket("0", whole));
  accepts(sessions, socket("one more", whole));
  assert(accepts(sessions, socket("0", resumed)));
  assert(!accepts(sessions, socket("1", resumed)));
  assert(accepts(sessions, socket("2", resumed)));
});
