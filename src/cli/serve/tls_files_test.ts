import assert from "#assert";
import { createRecordingLog, type RecordingLog } from "../../../tests/support/recording_log.ts";
import { type CertificateFiles, makeCertificateFiles } from "../../../tests/support/certificate_files.ts";
import { issue, type Leaf, makeAuthority } from "../../../tests/fakes/certificates.ts";
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

async function rig(): Promise<Rig> {
  const files = await makeCertificateFiles();
  const metrics = createMetrics();
  const { log, take, lines } = createRecordingLog();
  const tls = await readTlsFiles({ ...files, allowedNames: [], clientAuth: "require-and-verify" }, { log, metrics });
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
