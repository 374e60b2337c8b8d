// deno-lint-ignore-file camelcase -- the names of the wire contract
import assert from "#assert";
import { anyLog } from "../../../tests/support/test_services.ts";
import { LogNameError } from "../../logs/log_name.ts";
import { PatternError } from "../../search/syntax/pattern_error.ts";
import { requestedLog, requestedRecords, RequestError } from "./record_request.ts";

Deno.test("requestedLog() takes the names as they are, the id without its runtime", () => {
  assert.deepEqual(requestedLog({ ...anyLog, container_id: "containerd://0123" }), {
    namespace: "default",
    podName: "pod",
    containerName: "container",
    containerId: "0123",
  });
});

Deno.test("requestedLog() refuses names that are none, before anything else is looked at", () => {
  for (const field of ["namespace", "pod_name", "container_name", "container_id"] as const) {
    for (const value of ["", "..", "a/b", "a\0", "x".repeat(1025)]) {
      assert.throws(() => requestedLog({ ...anyLog, start_time: "never", grep: "(", [field]: value }), LogNameError);
    }
  }
  // What is left of an id is what counts.
  assert.throws(() => requestedLog({ ...anyLog, container_id: "containerd://" }), LogNameError);
  assert.throws(() => requestedLog({ ...anyLog, container_id: "containerd://../up" }), LogNameError);
});

Deno.test("requestedRecords() asks for everything where the texts are blank", () => {
  for (const blank of ["", "  ", "\t"]) {
    const query = requestedRecords({ ...anyLog, start_time: blank, stop_time: blank, grep: blank });
    const nothing = { start: undefined, stop: undefined, search: undefined };
    assert.deepEqual(query, { direction: "forward", follow: "none", ...nothing });
  }
});

Deno.test("requestedRecords() knows each follow of the contract; a value that the contract does not have is none", () => {
  const follows = (["NOOP", "DEFAULT", "END", 7] as const).map((follow_from) =>
    requestedRecords({ ...anyLog, follow_from }).follow
  );
  assert.deepEqual(follows, ["none", "start", "end", "none"]);
});

Deno.test("requestedRecords() reads both bounds and the pattern", () => {
  const query = requestedRecords({
    ...anyLog,
    start_time: "2024-10-01T05:40:46.000000001Z",
    stop_time: "2024-10-01T07:40:47+02:00",
    grep: " needle ",
  });
  assert.deepEqual([query.start, query.stop], [
    { seconds: 1_727_761_246, nanos: 1 },
    { seconds: 1_727_761_247, nanos: 0 },
  ]);
  const text = new TextEncoder().encode("a needle.");
  assert.ok(query.search?.matcher.matches(text, 0, text.length));
  assert.ok(!query.search?.matcher.matches(text, 0, 4));
});

Deno.test("requestedRecords() names the bound that is no time, the start first, and then the pattern", () => {
  const bad = { start_time: "yesterday", stop_time: "tomorrow", grep: "(" };
  const wanted = "wanted RFC 3339, such as 2006-01-02T15:04:05.999999999Z, got";
  for (
    const [request, message] of [
      [bad, `Cannot use start_time: Cannot read a time: ${wanted} "yesterday"`],
      [{ ...bad, start_time: "" }, `Cannot use stop_time: Cannot read a time: ${wanted} "tomorrow"`],
    ] as const
  ) {
    assert.throws(
      () => requestedRecords({ ...anyLog, ...request }),
      (error: unknown) => error instanceof RequestError && error.message === message,
    );
  }
  assert.throws(
    () => requestedRecords({ ...anyLog, grep: "(" }),
    (error: unknown) => error instanceof PatternError && error.message.startsWith("Invalid grep pattern: "),
  );
});
