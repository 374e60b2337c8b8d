import assert from "#assert";
import { createRecordingLog, type RecordingLog } from "../../../tests/support/recording_log.ts";
import { type CertificateFiles, makeCertificateFiles } from "../../../tests/support/certificate_files.ts";
import { issue, issueAuthority, type Leaf, makeAuthority } from "../../../tests/fakes/certificates.ts";
import { createMetrics, type Metrics } from "../../telemetry/metrics.ts";
import { readTlsFiles, type TlsFiles } from "./tls_files.ts";

interface Rig extends Pick<RecordingLog, "take" | "lines">, AsyncDisposable {
  readonly files: CertificateFiles;
  readonly tls: TlsFiles;
  readonly metrics: Metrics;
  /** Polls so often. */
  poll(times: number): Promise<void>;
  /** The certificate that new connections are shown. */
  shown(): string;
  newLeaf(): Promise<Leaf>;
}

async function rig({ now = Date.now }: { readonly now?: () => number } = {}): Promise<Rig> {
  const files = await makeCertificateFiles();
  const metrics = createMetrics();
  const { log, take, lines } = createRecordingLog();
  const tls = await readTlsFiles({ ...files, allowedNames: [], clientAuth: "require-and-verify" }, {
    log,
    metrics,
    now,
  });
  return {
    files,
    tls,
    metrics,
    take,
    lines,
    poll: async (times) => {
      for (let poll = 0; poll < times; poll++) await tls.poll();
    },
    shown: () => String(tls.credentials._getSecureContextOptions()?.cert),
    newLeaf: () => issue(files.authority, { commonName: "new", names: ["localhost"], usages: ["server"] }),
    [Symbol.asyncDispose]: () => files[Symbol.asyncDispose](),
  };
}

const counts = (metrics: Metrics): readonly number[] =>
  (["success", "failure"] as const).map((result) => metrics.value("tls_reloads_total", { result }));

const READ = "info: Read the certificate again";
const MENDED = "info: Read the certificate again: it can be used now";
const KEPT = "warn: Cannot use the new certificate, going on with the earlier one";
const noneIn = (path: string): string => `${KEPT}: Cannot use "${path}": no certificate in it`;

Deno.test("readTlsFiles() names the file that is missing, too long, or no file", async () => {
  await using it = await rig();
  const tls = { ...it.files, allowedNames: [], clientAuth: "require-and-verify" } as const;
  const metrics = createMetrics();
  const { log } = createRecordingLog();
  const path = `${it.files.folder}/other`;
  const rejectsWith = async (reason: RegExp): Promise<void> => {
    for (
      const [option, what] of [["certFile", "certificate file"], ["keyFile", "key file"], [
        "caFile",
        "CA file",
      ]] as const
    ) {
      await assert.rejects(
        readTlsFiles({ ...tls, [option]: path }, { log, metrics }),
        (error: unknown) =>
          error instanceof Error && error.name === "CredentialFileError" &&
          error.message.startsWith(`Cannot read ${what} "${path}": `) && reason.test(error.message),
      );
    }
  };
  await rejectsWith(/No such file/);
  await Deno.writeTextFile(path, "");
  await Deno.truncate(path, 2 ** 30);
  await rejectsWith(/it has 1073741824 bytes, at most 1048576 are allowed/);
  await Deno.remove(path);
  await new Deno.Command("mkfifo", { args: [path] }).output();
  await rejectsWith(/it is not a regular file/);
});

Deno.test("readTlsFiles() reads no authorities where clients need no certificate", async () => {
  await using it = await rig();
  const { caFile: _, ...files } = it.files;
  const { log } = createRecordingLog();
  const metrics = createMetrics();
  await assert.rejects(
    readTlsFiles({ ...files, allowedNames: [], clientAuth: "require-and-verify" }, { log, metrics }),
    { name: "CredentialFileError" },
  );
  const tls = await readTlsFiles({ ...it.files, caFile: "/none", allowedNames: [], clientAuth: "none" }, {
    log,
    metrics,
  });
  for (let poll = 0; poll < 3; poll++) await tls.poll();
  assert.deepEqual(tls.credentials._getConstructorOptions(), { requestCert: false });
});

Deno.test("a new pair is in use after two polls, with one line, and when it expires", async () => {
  await using it = await rig();
  const { certPem, keyPem } = await it.newLeaf();
  await Deno.writeTextFile(it.files.certFile, certPem);
  await Deno.writeTextFile(it.files.keyFile, keyPem);
  await it.poll(1);
  assert.deepEqual(it.take(), []);
  await it.poll(5);
  assert.deepEqual(it.take(), [READ]);
  assert.match(String(it.lines.at(-1)?.fields["expires"]), /^20\d\d-.*Z$/);
  assert.equal(it.shown().trim(), certPem.trim());
  assert.deepEqual(counts(it.metrics), [1, 0]);
});

Deno.test("a key that comes a poll after its certificate leaves no line about a pair that does not fit", async () => {
  await using it = await rig();
  const { certPem, keyPem } = await it.newLeaf();
  await Deno.writeTextFile(it.files.certFile, certPem);
  await it.poll(1);
  await Deno.writeTextFile(it.files.keyFile, keyPem);
  await it.poll(5);
  assert.deepEqual(it.take(), [READ]);
});

Deno.test("a bad pair keeps the last good one, each cause has a line, and so has its end", async () => {
  await using it = await rig();
  const { certFile, keyFile } = it.files;
  const [cert, key] = [await Deno.readTextFile(certFile), await Deno.readTextFile(keyFile)];
  const good = it.shown();
  const other = await it.newLeaf();
  const mismatch = `${KEPT}: Cannot use key file "${keyFile}": it does not belong to the certificate in "${certFile}"`;
  const bad = async (change: () => Promise<unknown>, line: string): Promise<void> => {
    await change();
    await it.poll(4);
    assert.deepEqual(it.take(), [line]);
    assert.equal(it.shown(), good);
    await Deno.writeTextFile(certFile, cert);
    await Deno.writeTextFile(keyFile, key);
    await it.poll(4);
    assert.deepEqual(it.take(), [MENDED]);
  };
  const write = (path: string, text: string) => (): Promise<void> => Deno.writeTextFile(path, text);
  await bad(write(keyFile, other.keyPem), mismatch);
  await bad(write(certFile, other.certPem), mismatch);
  await bad(write(certFile, "garbage"), noneIn(certFile));
  await bad(write(certFile, ""), noneIn(certFile));
  await bad(write(certFile, cert.slice(0, 300)), `${KEPT}: Cannot use "${certFile}": a certificate in it is cut off`);
  await bad(() => Deno.truncate(keyFile, 50), `${KEPT}: Cannot use key file "${keyFile}": no private key in it`);
  const tooLong = "it has 1073741824 bytes, at most 1048576 are allowed";
  await bad(() => Deno.truncate(certFile, 2 ** 30), `${KEPT}: Cannot read "${certFile}": ${tooLong}`);
  await Deno.remove(keyFile);
  await it.poll(4);
  assert.match(it.take().join(), /^warn: Cannot use the new certificate, .*: Cannot read ".*server.key": No such file/);
  await new Deno.Command("mkfifo", { args: [keyFile] }).output();
  await it.poll(4);
  assert.deepEqual(it.take(), [`${KEPT}: Cannot read "${keyFile}": it is not a regular file`]);
  await Deno.remove(keyFile);
  await Deno.writeTextFile(keyFile, key);
  await it.poll(4);
  assert.deepEqual(it.take(), [MENDED]);
  assert.deepEqual(counts(it.metrics), [8, 9]);
});

Deno.test("one cause has one line, although the bad file changes", async () => {
  await using it = await rig();
  for (const text of ["garbage", "more garbage", ""]) {
    await Deno.writeTextFile(it.files.certFile, text);
    await it.poll(3);
  }
  assert.deepEqual(it.take(), [noneIn(it.files.certFile)]);
  assert.deepEqual(counts(it.metrics), [0, 3]);
});

Deno.test("authorities are read again although the pair is bad, and the pair although they are", async () => {
  await using it = await rig();
  const { caFile, certFile, keyFile } = it.files;
  const later = await makeAuthority("Later authority");
  await Deno.writeTextFile(keyFile, "garbage");
  await Deno.writeTextFile(caFile, later.certPem);
  await it.poll(3);
  assert.deepEqual(it.take().map((line) => line.slice(0, 50)), [
    KEPT.slice(0, 50),
    "info: Read the list of client authorities again",
  ]);
  assert.equal(String(it.tls.credentials._getSecureContextOptions()?.ca).trim(), later.certPem.trim());
  await Deno.writeTextFile(caFile, "");
  const { certPem, keyPem } = await it.newLeaf();
  await Deno.writeTextFile(certFile, certPem);
  await Deno.writeTextFile(keyFile, keyPem);
  await it.poll(3);
  assert.deepEqual(it.take(), [
    MENDED,
    "warn: Cannot use the new list of client authorities, going on with the earlier one: " +
    `Cannot use "${caFile}": no certificate in it`,
  ]);
  assert.equal(String(it.tls.credentials._getSecureContextOptions()?.ca).trim(), later.certPem.trim());
});

Deno.test("TLS 1.2 and 1.3 are set, before a new certificate and after it", async () => {
  await using it = await rig();
  const versions = (): readonly unknown[] => {
    const { minVersion, maxVersion } = it.tls.credentials._getSecureContextOptions() ?? {};
    return [minVersion, maxVersion];
  };
  assert.deepEqual(versions(), ["TLSv1.2", "TLSv1.3"]);
  const { certPem, keyPem } = await it.newLeaf();
  await Deno.writeTextFile(it.files.certFile, certPem);
  await Deno.writeTextFile(it.files.keyFile, keyPem);
  await it.poll(2);
  assert.deepEqual(it.take(), [READ]);
  assert.deepEqual(versions(), ["TLSv1.2", "TLSv1.3"]);
});

const DAY_MS = 86_400_000;
const inDays = (days: number): Date => new Date(Math.floor(Date.now() / 1_000) * 1_000 + days * DAY_MS);
const timeText = (date: Date): string => date.toISOString().replace(".000Z", "Z");

/** Starts with other texts in the files; resolves to the lines, and rejects as the start does. */
async function startWith(
  texts: { readonly cert?: Leaf; readonly chain?: string; readonly ca?: string },
): Promise<string[]> {
  await using files = await makeCertificateFiles();
  if (texts.cert !== undefined) {
    await Deno.writeTextFile(files.certFile, texts.cert.certPem + (texts.chain ?? ""));
    await Deno.writeTextFile(files.keyFile, texts.cert.keyPem);
  }
  if (texts.ca !== undefined) await Deno.writeTextFile(files.caFile, texts.ca);
  const { log, take } = createRecordingLog();
  const metrics = createMetrics();
  try {
    await readTlsFiles({ ...files, allowedNames: [], clientAuth: "require-and-verify" }, { log, metrics });
  } catch (error) {
    // The folder is another one each time.
    if (error instanceof Error) error.message = error.message.replaceAll(`${files.folder}/`, "");
    throw error;
  }
  return take();
}

const rejectsWith = async (start: Promise<unknown>, message: RegExp): Promise<void> =>
  await assert.rejects(start, { name: "CredentialFileError", message });

Deno.test("a certificate that has expired, or does not hold yet, keeps the agent from starting, with its name and date", async () => {
  const authority = await makeAuthority("Some authority");
  const leaf = (notBefore: Date, notAfter: Date): Promise<Leaf> =>
    issue(authority, { commonName: "agent.example", names: ["localhost"], usages: ["server"], notBefore, notAfter });
  const [past, future] = [inDays(-1), inDays(1)];
  await rejectsWith(
    startWith({ cert: await leaf(inDays(-9), past) }),
    RegExp(
      `^Cannot use "server.crt": the certificate of O=Node log agent, CN=agent.example has expired at ` +
        `${timeText(past)}, it is 20\\d\\d-.*Z now$`,
    ),
  );
  await rejectsWith(
    startWith({ cert: await leaf(future, inDays(9)) }),
    RegExp(`CN=agent.example does not hold before ${timeText(future)}, it is 20\\d\\d-.*Z now$`),
  );
  assert.deepEqual(await startWith({ cert: await leaf(inDays(-9), inDays(6)) }), ["warn: A certificate expires soon"]);
  assert.deepEqual(await startWith({ cert: await leaf(inDays(-9), inDays(8)) }), []);
});

Deno.test("an intermediate certificate that has expired keeps it from starting, one that is not needed does not", async () => {
  const root = await makeAuthority("Root");
  const expired = await issueAuthority(root, "Middle", { notBefore: inDays(-9), notAfter: inDays(-1) });
  const leaf = await issue(expired, { commonName: "agent", names: ["localhost"], usages: ["server"] });
  await rejectsWith(startWith({ cert: leaf, chain: expired.certPem }), /CN=Middle has expired/);
  const other = await issueAuthority(root, "Other", { notBefore: inDays(-9), notAfter: inDays(-1) });
  const oldRoot = await makeAuthority("Old root", { notBefore: inDays(-9), notAfter: inDays(-1) });
  const underOldRoot = await issue(oldRoot, { commonName: "agent", names: ["localhost"], usages: ["server"] });
  for (const [cert, chain] of [[leaf, other.certPem], [underOldRoot, oldRoot.certPem]] as const) {
    assert.deepEqual(await startWith({ cert, chain }), ["warn: A certificate has expired"]);
  }
});

Deno.test("authorities of which all have expired keep it from starting; one that holds is enough", async () => {
  const past = inDays(-1);
  const expired = await makeAuthority("Expired authority", { notBefore: inDays(-9), notAfter: past });
  const later = await makeAuthority("Later authority", { notBefore: inDays(2), notAfter: inDays(9) });
  const soon = await makeAuthority("Soon authority", { notBefore: inDays(1), notAfter: inDays(9) });
  await rejectsWith(
    startWith({ ca: expired.certPem }),
    RegExp(`"ca.crt": the certificate of .*CN=Expired authority has expired at ${timeText(past)}`),
  );
  await rejectsWith(
    startWith({ ca: later.certPem + expired.certPem + soon.certPem }),
    /CN=Soon authority does not hold/,
  );
  const good = await makeAuthority("Good authority");
  assert.deepEqual(await startWith({ ca: expired.certPem + good.certPem }), ["warn: A certificate has expired"]);
});

Deno.test("a certificate that clients refuse whatever its dates are is served with a warning", async () => {
  const authority = await makeAuthority("Some authority");
  const refused = "warn: Clients refuse the server's certificate";
  const forClients = await issue(authority, { commonName: "agent", names: ["localhost"], usages: ["client"] });
  assert.deepEqual(await startWith({ cert: forClients }), [`${refused}: its extended key usage lacks serverAuth`]);
  const noName = await issue(authority, { commonName: "agent", usages: ["server", "client"] });
  assert.deepEqual(await startWith({ cert: noName }), [
    `${refused}: it has no subject alternative name, the only one that clients compare`,
  ]);
});

Deno.test("while it runs, an expired pair and expired authorities keep the last good ones", async () => {
  await using it = await rig();
  const { authority, certFile, keyFile, caFile } = it.files;
  const [shown, ca] = [it.shown(), String(it.tls.credentials._getSecureContextOptions()?.ca)];
  const expired = await issue(authority, {
    commonName: "renewed",
    names: ["localhost"],
    usages: ["server"],
    notBefore: inDays(-9),
    notAfter: inDays(-1),
  });
  await Deno.writeTextFile(certFile, expired.certPem);
  await Deno.writeTextFile(keyFile, expired.keyPem);
  const other = await makeAuthority("Expired authority", { notBefore: inDays(-9), notAfter: inDays(-1) });
  await Deno.writeTextFile(caFile, other.certPem);
  await it.poll(4);
  const [pair = "", list = "", ...others] = it.take();
  assert.match(
    pair,
    /^warn: Cannot use the new certificate, going on with the earlier one: .*CN=renewed has expired at /,
  );
  assert.match(list, /^warn: Cannot use the new list of client authorities, .*CN=Expired authority has expired at /);
  assert.deepEqual(others, []);
  assert.equal(it.shown(), shown);
  assert.equal(String(it.tls.credentials._getSecureContextOptions()?.ca), ca);
  assert.deepEqual(counts(it.metrics), [0, 2]);
});

Deno.test("a pair that does not hold yet is taken when it does, although its files do not change", async () => {
  let nowMs = Date.now();
  await using it = await rig({ now: () => nowMs });
  const { authority, certFile, keyFile } = it.files;
  const earlier = it.shown();
  const early = await issue(authority, {
    commonName: "early",
    names: ["localhost"],
    usages: ["server"],
    notBefore: inDays(0.01),
  });
  await Deno.writeTextFile(certFile, early.certPem);
  await Deno.writeTextFile(keyFile, early.keyPem);
  await it.poll(4);
  assert.match(it.take().join("|"), /^warn: Cannot use the new certificate, [^|]*CN=early does not hold before [^|]*$/);
  assert.equal(it.shown(), earlier);
  nowMs += 0.02 * DAY_MS;
  await it.poll(2);
  assert.deepEqual(it.take(), [MENDED]);
  assert.equal(it.shown().trim(), early.certPem.trim());
  assert.deepEqual(counts(it.metrics), [1, 1]);
});

Deno.test("a pair that does not hold yet is forgotten when another one comes", async () => {
  let nowMs = Date.now();
  await using it = await rig({ now: () => nowMs });
  const { authority, certFile, keyFile } = it.files;
  const early = await issue(authority, {
    commonName: "early",
    names: ["a"],
    usages: ["server"],
    notBefore: inDays(0.01),
  });
  const next = await it.newLeaf();
  for (const { certPem, keyPem } of [early, next]) {
    await Deno.writeTextFile(certFile, certPem);
    await Deno.writeTextFile(keyFile, keyPem);
    await it.poll(3);
  }
  nowMs += 0.02 * DAY_MS;
  await it.poll(3);
  assert.equal(it.shown().trim(), next.certPem.trim());
  assert.deepEqual(counts(it.metrics), [1, 1]);
});
