import assert from "#assert";
import { FORCE_MS, onShutdownSignal, type ShutdownSignal } from "./shutdown.ts";

/**
 * A process whose signals and timers are rung by hand; `events` holds all that is seen of it from outside, in order.
 */
interface FakeProcess {
  readonly events: string[];
  readonly handle: Disposable;
  readonly timers: () => number[];
  readonly listening: () => string[];
  readonly kill: (name: ShutdownSignal) => void;
  readonly ring: (ms: number) => void;
}

function fakeProcess(
  drain: (options: { signal: AbortSignal }) => Promise<void>,
): FakeProcess {
  const events: string[] = [];
  const listeners = new Map<string, () => void>();
  const timers = new Map<number, () => void>();
  const handle = onShutdownSignal({
    drain,
    graceMs: 5_000,
    report: (level, message) => events.push(`${level} ${message}`),
    exit: (code) => events.push(`exit ${code}`),
    listen: (name, listener) => {
      listeners.set(name, listener);
      return () => listeners.delete(name);
    },
    startTimer: (ms, onEnd) => {
      timers.set(ms, onEnd);
      return () => timers.delete(ms);
    },
  });
  return {
    events,
    handle,
    timers: () => [...timers.keys()],
    listening: () => [...listeners.keys()],
    kill: (name) => listeners.get(name)?.(),
    ring: (ms) => {
      const onEnd = timers.get(ms);
      timers.delete(ms);
      onEnd?.();
    },
  };
}

/** Lets everything go on that waits for nothing but promises. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

for (const name of ["SIGTERM", "SIGINT"] as const) {
  Deno.test(`onShutdownSignal drains on ${name} and exits with 0`, async () => {
    const drained = Promise.withResolvers<void>();
    const process = fakeProcess(() => drained.promise);
    assert.deepEqual(process.events, []);
    process.kill(name);
    await settle();
    assert.deepEqual(process.events, [
      `info ${name} received, initiating shutdown..`,
    ]);
    assert.deepEqual(process.timers(), [5_000]);
    drained.resolve();
    await settle();
    assert.deepEqual(process.events.slice(1), [
      "info Shutdown completed.",
      "exit 0",
    ]);
    assert.deepEqual(process.timers(), []);
  });
}

for (const outcome of ["resolves", "rejects"]) {
  Deno.test(`onShutdownSignal aborts the drain when the grace time is over, and exits with 0 when it then ${outcome}`, async () => {
    let reason: unknown;
    const process = fakeProcess(({ signal }) =>
      new Promise((resolve, reject) =>
        signal.addEventListener("abort", () => {
          reason = signal.reason;
          if (outcome === "resolves") resolve();
          else reject(reason);
        })
      )
    );
    process.kill("SIGTERM");
    process.ring(5_000);
    assert.equal(String(reason), "TimeoutError: Grace time of 5000 ms is over");
    await settle();
    assert.deepEqual(process.events.slice(1), [
      "info Shutdown completed.",
      "exit 0",
    ]);
    assert.deepEqual(process.timers(), []);
  });
}

Deno.test("onShutdownSignal exits with 1 when the drain goes on after the abort", async () => {
  const process = fakeProcess(() => new Promise(() => {}));
  process.kill("SIGTERM");
  process.ring(5_000);
  await settle();
  assert.equal(process.events.length, 1);
  process.ring(FORCE_MS);
  await settle();
  assert.deepEqual(process.events.slice(1), [
    `error Cannot shut down: open calls go on ${FORCE_MS} ms after they were cut off`,
    "exit 1",
  ]);
});

Deno.test("onShutdownSignal exits with 1 when the drain fails by itself", async () => {
  const failures = [
    () => Promise.reject(new Error("port is gone")),
    () => {
      throw new Error("port is gone");
    },
  ];
  for (const fail of failures) {
    const process = fakeProcess(fail);
    process.kill("SIGTERM");
    await settle();
    assert.deepEqual(process.events.slice(1), [
      "error Cannot shut down in order: port is gone",
      "exit 1",
    ]);
    assert.deepEqual(process.timers(), []);
  }
});

for (
  const [first, second, code] of [
    ["SIGTERM", "SIGTERM", 143],
    ["SIGTERM", "SIGINT", 130],
    ["SIGINT", "SIGTERM", 143],
  ] as const
) {
  Deno.test(`onShutdownSignal exits with ${code} at once when ${second} follows ${first}`, async () => {
    const drained = Promise.withResolvers<void>();
    const process = fakeProcess(() => drained.promise);
    process.kill(first);
    process.kill(second);
    assert.deepEqual(process.events.slice(1), [
      `info ${second} received again, ending at once`,
      `exit ${code}`,
    ]);
    process.kill(second);
    drained.resolve();
    await settle();
    assert.equal(process.events.length, 3, "nothing happens after the end");
  });
}

Deno.test("onShutdownSignal does not listen any more after it is disposed", () => {
  const process = fakeProcess(() => Promise.resolve());
  assert.deepEqual(process.listening(), ["SIGINT", "SIGTERM"]);
  process.handle[Symbol.dispose]();
  assert.deepEqual(process.listening(), []);
});

/** A process of its own that waits for signals and drains for ever, or not at all. */
async function killChild(
  drain: string,
  signals: readonly ShutdownSignal[],
): Promise<{ lines: string[]; code: number }> {
  const module = import.meta.resolve("./shutdown.ts");
  const code = `import { onShutdownSignal } from "${module}";
    onShutdownSignal({ drain: ${drain}, graceMs: 60_000, report: (level, message) => console.log(level, message) });
    setInterval(() => {}, 60_000);
    console.log("ready");`;
  await using child = new Deno.Command(Deno.execPath(), {
    args: ["eval", code],
    stdout: "piped",
  }).spawn();
  const left = [...signals];
  const lines: string[] = [];
  let text = "";
  for await (const chunk of child.stdout.pipeThrough(new TextDecoderStream())) {
    const parts = (text + chunk).split("\n");
    text = parts.pop() ?? "";
    for (const line of parts) {
      lines.push(line);
      // One signal per line that is seen: the first when the child is ready, the next when the one before has arrived.
      const signal = left.shift();
      if (signal !== undefined) child.kill(signal);
    }
  }
  return { lines, code: (await child.status).code };
}

Deno.test("a process with onShutdownSignal ends in order by SIGTERM", async () => {
  assert.deepEqual(await killChild("() => Promise.resolve()", ["SIGTERM"]), {
    lines: [
      "ready",
      "info SIGTERM received, initiating shutdown..",
      "info Shutdown completed.",
    ],
    code: 0,
  });
});

Deno.test("a process with onShutdownSignal ends at once by a second signal", async () => {
  assert.deepEqual(
    await killChild("() => new Promise(() => {})", ["SIGTERM", "SIGINT"]),
    {
      lines: [
        "ready",
        "info SIGTERM received, initiating shutdown..",
        "info SIGINT received again, ending at once",
      ],
      code: 130,
    },
  );
});
