import assert from "#assert";
import { type Finding, Report } from "./report.ts";

Deno.test("a step that never ends is a failure after its time, and the next one runs", async () => {
  const findings: Finding[] = [];
  const report = new Report((finding) => findings.push(finding));
  const signals: AbortSignal[] = [];
  const late = Promise.withResolvers<void>();
  assert.equal(report.result, "ok");
  const value = await report.step({
    check: "hangs",
    limitMs: 10,
    run: async ({ note, signal }) => {
      signals.push(signal);
      await late.promise;
      note("ok", "too late");
      return 1;
    },
  });
  assert.equal(value, undefined);
  assert.ok(signals[0]?.aborted);
  late.resolve();
  assert.equal(await report.step({ check: "works", limitMs: 60_000, run: ({ note }) => (note("warn", "a\nb"), 2) }), 2);
  assert.deepEqual(findings, [
    { check: "hangs", result: "fail", message: "no answer within 0.01 s" },
    { check: "works", result: "warn", message: "a b" },
  ]);
  assert.equal(report.result, "fail");
});

Deno.test("what a step throws is a failure, with its causes", async () => {
  const report = new Report(() => {});
  const run = (): never => {
    throw new Error("Cannot do it", { cause: new Error("no power") });
  };
  await report.step({ check: "it", limitMs: 60_000, run });
  assert.deepEqual(report.findings, [{ check: "it", result: "fail", message: "Cannot do it: no power" }]);
});
