import assert from "#assert";
import { cpuMsOf, peakRssOf } from "./process_usage.ts";

Deno.test("cpuMsOf adds user and system time, whatever the program's name", () => {
  const stat = "42 (a) b (c) S 1 42 42 0 -1 4194304 900 0 0 0 137 25 7 9 20 0 14 0 1 2 3";
  assert.equal(cpuMsOf(stat), 1_620);
  assert.throws(() => cpuMsOf("42 (a) S 1"), TypeError);
});

Deno.test("peakRssOf reads the line of the peak", () => {
  assert.equal(peakRssOf("VmPeak:\t 900 kB\nVmHWM:\t    2048 kB\nVmRSS:\t 1000 kB\n"), 2 * 1024 * 1024);
  assert.throws(() => peakRssOf("VmRSS:\t 1000 kB\n"), TypeError);
});
