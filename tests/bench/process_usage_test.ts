import assert from "#assert";
import { cpuMsBetween, cpuMsOf, peakRssOf } from "./process_usage.ts";

Deno.test("cpuMsOf adds user and system time, whatever the program's name", () => {
  const stat = "42 (a) b (c) S 1 42 42 0 -1 4194304 900 0 0 0 137 25 7 9 20 0 14 0 1 2 3";
  assert.equal(cpuMsOf(stat), 1_620);
  assert.throws(() => cpuMsOf("42 (a) S 1"), TypeError);
});

Deno.test("peakRssOf reads the line of the peak", () => {
  assert.equal(peakRssOf("VmPeak:\t 900 kB\nVmHWM:\t    2048 kB\nVmRSS:\t 1000 kB\n"), 2 * 1024 * 1024);
  assert.throws(() => peakRssOf("VmRSS:\t 1000 kB\n"), TypeError);
});

Deno.test("cpuMsBetween adds what the threads have used, those among them that were not there before", () => {
  const before = { ms: 100, threads: new Map([["1", 5e6], ["2", 7e6]]) };
  const after = { ms: 110, threads: new Map([["1", 6.5e6], ["2", 7e6], ["3", 2e6]]) };
  assert.equal(cpuMsBetween(before, after), 3.5);
});

Deno.test("cpuMsBetween takes the steps of the process where a thread has ended, or threads are not counted", () => {
  const before = { ms: 100, threads: new Map([["1", 5e6], ["2", 7e6]]) };
  assert.equal(cpuMsBetween(before, { ms: 400, threads: new Map([["1", 6e6]]) }), 300);
  assert.equal(cpuMsBetween({ ms: 100, threads: new Map() }, { ms: 150, threads: new Map() }), 50);
});
