import assert from "#assert";
import { createManualClock } from "../../../tests/support/manual_clock.ts";
import { createRecordingLog } from "../../../tests/support/recording_log.ts";
import { limitedPoll } from "./poll_files.ts";

Deno.test("a poll whose files hang is left alone after ten seconds with one line, and one tells that they answer", async () => {
  const clock = createManualClock();
  const { log, take } = createRecordingLog();
  let polls = 0;
  let answer = Promise.withResolvers<void>();
  const poll = limitedPoll({ what: "certificates", poll: () => (polls++, answer.promise) }, {
    log,
    later: clock.later,
  });

  const first = poll();
  clock.advance(9_999);
  // Nothing is begun beside it.
  await poll();
  assert.deepEqual([polls, take()], [1, []]);
  clock.advance(1);
  await first;
  assert.deepEqual(take(), ["warn: Cannot read the certificates again: no answer within 10 s"]);
  for (let later = 0; later < 3; later++) await poll();
  clock.advance(60_000);
  assert.deepEqual([polls, take()], [1, []]);

  answer.resolve();
  await answer.promise;
  await Promise.resolve();
  answer = Promise.withResolvers<void>();
  answer.resolve();
  await poll();
  assert.equal(polls, 2);
  assert.deepEqual(take(), ["info: The certificates can be read again"]);
  assert.deepEqual(clock.timers(), []);
});

Deno.test("a poll that fails in time fails, and one that fails late leaves a line", async () => {
  const clock = createManualClock();
  const { log, take } = createRecordingLog();
  const answer = Promise.withResolvers<void>();
  const failing = limitedPoll({ what: "certificates", poll: () => Promise.reject(new Error("no")) }, {
    log,
    later: clock.later,
  });
  await assert.rejects(failing(), { message: "no" });
  await assert.rejects(failing(), { message: "no" });
  const poll = limitedPoll({ what: "certificates", poll: () => answer.promise }, { log, later: clock.later });
  const polled = poll();
  clock.advance(10_000);
  await polled;
  take();
  answer.reject(new Error("Input/output error"));
  await assert.rejects(answer.promise);
  await Promise.resolve();
  await Promise.resolve();
  assert.deepEqual(take(), ["warn: Cannot read the certificates again: Error: Input/output error"]);
});
