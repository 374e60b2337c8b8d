import assert from "#assert";

const projectDir = new URL("../../", import.meta.url);

/** A demonstration that runs. */
interface Demonstration extends AsyncDisposable {
  /** Kills it or its agent. */
  readonly process: Deno.ChildProcess;
  /** What it has printed so far. */
  text(): string;
  /** Resolves when it prints something that matches. */
  seen(pattern: RegExp): Promise<RegExpExecArray>;
  /** How it ended, and how many files it has left in the folder for temporary ones. */
  readonly end: Promise<{ readonly code: number; readonly leftBehind: number }>;
}

/** Starts one whose temporary files have a folder to themselves. */
async function start(...words: readonly string[]): Promise<Demonstration> {
  const dir = await Deno.makeTempDir({ prefix: "demonstration-" });
  const process = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", "tools/demo/main.ts", ...words],
    cwd: projectDir,
    env: { TMPDIR: dir },
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  let text = "";
  let printed = Promise.withResolvers<void>();
  const read = Promise.all([process.stdout, process.stderr].map(async (stream) => {
    for await (const part of stream.pipeThrough(new TextDecoderStream())) {
      text += part;
      printed.resolve();
    }
  }));
  const ended = read.then(async () => ({
    code: (await process.status).code,
    leftBehind: (await Array.fromAsync(Deno.readDir(dir))).length,
  }));
  return {
    process,
    text: () => text,
    seen: async (pattern) => {
      for (;;) {
        const found = pattern.exec(text);
        if (found !== null) return found;
        printed = Promise.withResolvers<void>();
        const over = await Promise.race([printed.promise, ended]);
        if (over !== undefined && !pattern.test(text)) assert.fail(`Not printed: ${pattern} in:\n${text}`);
      }
    },
    end: ended,
    [Symbol.asyncDispose]: async () => {
      await ended;
      await Deno.remove(dir, { recursive: true });
    },
  };
}

function isRunning(pid: number): boolean {
  try {
    Deno.kill(pid, "SIGCONT");
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

Deno.test("the demonstration shows everything, without colours in a pipe, and leaves nothing behind", async () => {
  await using demo = await start();
  assert.deepEqual(await demo.end, { code: 0, leftBehind: 0 }, demo.text());
  const text = demo.text();
  for (
    const part of [
      "$ deno run --allow-read --allow-net --allow-env main.ts --config=/",
      /\n +shop +web-0 +nginx +[\d,]+ +\d\d:\d\d:\d\d +[0-9a-f]{12}…\n/,
      "(?i)payment(?:(?:\\x1B\\[[0-9;]*[mK])?)*\\s(?:(?:\\x1B\\[[0-9;]*[mK])?)*declined\n",
      /\n +[\d:.]{18} +ERROR Payment declined order=\d+ code=\w+\n/,
      /\n +… 41 records in \d+ ms/,
      /stop_time \d{4}-\d\d-\d\dT[\d:.]+Z\n/,
      "Ελένη Παππά",
      "(part)\n",
      /\n +0\.log is renamed to 0\.log\.\d{8}-\d{6}, and a new 0\.log made\n(?:.* order=\d+ .*\n){3} +6 records from two files/,
      /alice, in namespace billing +PERMISSION_DENIED +permission denied: `get pods\/log` in namespace `billing`\n/,
      /a certificate from elsewhere +UNAVAILABLE /,
      /SIGTERM, "Shutdown completed." and exit code 0 after \d+ ms\n/,
    ]
  ) {
    assert(typeof part === "string" ? text.includes(part) : part.test(text), `${part} in:\n${text}`);
  }
  assert(!text.includes("\x1b"), "no escape");
  const [, pid] = /process (\d+) listens/.exec(text) ?? [];
  assert(!isRunning(Number(pid)), "the agent has ended");
});

Deno.test("--keep prints a call to try and waits for a signal, which is a good end", async () => {
  await using demo = await start("--keep");
  const [, dir] = await demo.seen(/\n {2}D=(\/.*)\n/);
  await demo.seen(/Ctrl-C ends it/);
  for (const [, file] of demo.text().matchAll(/\$D\/(\S+)/g)) {
    assert.match(await Deno.readTextFile(`${dir}/${file}`), /^-----BEGIN /);
  }
  const [, pid] = await demo.seen(/process (\d+) listens/);
  assert(isRunning(Number(pid)), "the agent runs");
  demo.process.kill("SIGINT");
  assert.deepEqual(await demo.end, { code: 0, leftBehind: 0 }, demo.text());
  assert(!isRunning(Number(pid)), "the agent has ended");
});

Deno.test("a signal in the middle is told, and leaves nothing behind", async () => {
  await using demo = await start();
  await demo.seen(/Start/);
  demo.process.kill("SIGTERM");
  assert.deepEqual(await demo.end, { code: 143, leftBehind: 0 }, demo.text());
  assert.match(demo.text(), /✗ Interruption: SIGTERM received\n$/);
});

Deno.test("an agent that fails is told with its log, and leaves nothing behind", async () => {
  await using demo = await start("--keep");
  const [, pid] = await demo.seen(/process (\d+) listens/);
  await demo.seen(/Ctrl-C ends it/);
  Deno.kill(Number(pid), "SIGKILL");
  assert.deepEqual(await demo.end, { code: 1, leftBehind: 0 }, demo.text());
  assert.match(demo.text(), /The agent's log:\n {2}.*Starting cluster-agent on 127\.0\.0\.1:/);
  assert.match(demo.text(), /✗ DemoError: Expected the agent to go on, but it ended with exit code 137\n/);
});

Deno.test("other words are a usage error", async () => {
  await using demo = await start("--kep");
  assert.deepEqual(await demo.end, { code: 2, leftBehind: 0 });
  assert.match(demo.text(), /Usage: deno task demo/);
});
