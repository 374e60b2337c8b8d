import assert from "#assert";
import { eventually } from "../../../tests/support/eventually.ts";
import { inTime } from "../../../tests/support/in_time.ts";
import { criLine, nodeLogs } from "../../../tests/support/node_logs.ts";
import { projectFolder } from "../../../tests/support/project.ts";
import { type RanGrep, ranGrep } from "../../../tests/support/ran_grep.ts";
import { createPoller } from "../../scheduling/poller.ts";

/** A follow that goes on until it is ended. */
interface Follow {
  /** The lines so far, without their times. */
  lines(): readonly string[];
  /** Resolves when it has ended. */
  readonly ended: Promise<RanGrep>;
  /** Ends it. */
  end(): Promise<RanGrep>;
}

function follow(words: readonly string[]): Follow {
  const decoder = new TextDecoder();
  const ending = new AbortController();
  let text = "";
  const ran = ranGrep(["--follow", ...words], {
    writeSync: (bytes) => {
      text += decoder.decode(bytes, { stream: true });
      return bytes.length;
    },
  }, { signal: ending.signal, poller: createPoller({ everyMs: 5 }) });
  return {
    lines: () => text.split("\n").slice(0, -1).map((line) => line.replace(/\d{4}-\S+Z /, "")),
    ended: ran,
    end: () => {
      ending.abort(new DOMException("Ended", "AbortError"));
      return ran;
    },
  };
}

async function append(path: string, line: string): Promise<void> {
  await Deno.writeTextFile(path, `${line}\n`, { append: true });
}

Deno.test("grep --follow prints what is there and what is written, behind a rotation and by new containers", async () => {
  await using node = await nodeLogs();
  const { file } = node.add({ name: "shop/a-1/api", lines: [criLine(2, "one a")], rotated: [[criLine(1, "one old")]] });
  const other = node.add({ name: "shop/a-2/api", lines: [criLine(1, "nothing")] });
  const following = follow(["one", "--logs", node.containers, "shop/a-*"]);
  const seen = ["shop/a-1/api:one old", "shop/a-1/api:one a"];
  const isSeen = (): boolean => following.lines().join() === seen.join();
  await eventually("what is there is printed", isSeen);
  await append(other.file, criLine(3, "one b"));
  seen.push("shop/a-2/api:one b");
  await eventually("what is written to another log is printed", isSeen);
  await Deno.rename(file, `${file}.20250304-060000`);
  await append(`${file}.20250304-060000`, criLine(4, "one late"));
  await Deno.writeTextFile(file, `${criLine(5, "one new")}\n`);
  seen.push("shop/a-1/api:one late", "shop/a-1/api:one new");
  await eventually("what is written behind a rotation is printed", isSeen);
  node.add({ name: "bank/a-3/api", lines: [criLine(6, "one elsewhere")] });
  node.add({ name: "shop/a-3/api", lines: [criLine(6, "one more")] });
  seen.push("shop/a-3/api:one more");
  await eventually("a log that appears is printed", isSeen);
  // A container is restarted: it is another log of that name.
  const { id } = node.add({ name: "shop/a-3/api", restarts: 1, lines: [criLine(7, "one again")] });
  seen.push(`shop/a-3/api@${id.slice(0, 12)}:one again`);
  await eventually("a restarted container is another log", isSeen);
  assert.deepEqual((await following.end()).errors, []);
});

Deno.test("grep --follow --tail begins with the last records of each log, and misses none after them", async () => {
  await using node = await nodeLogs();
  const { file, link } = node.add({
    name: "shop/a-1/api",
    rotated: [[criLine(1, "one 1"), criLine(2, "one 2")]],
    lines: [criLine(3, "one 3"), criLine(4, "two")],
  });
  for (const [tail, first] of [["2", ["one 2", "one 3"]], ["0", []]] as const) {
    const following = follow(["one", "-h", `--tail=${tail}`, link]);
    await eventually("the last records are printed", () => following.lines().length >= first.length);
    const number = Date.now();
    // Where no record is there, nothing tells that the follow has begun.
    await eventually("what is written is printed", async () => {
      await append(file, criLine(5, `one ${number}`));
      return following.lines().length > first.length;
    }, { pauseMs: 20 });
    assert.deepEqual(following.lines().slice(0, first.length + 1), [...first, `one ${number}`]);
    await following.end();
    await Deno.writeTextFile(file, `${criLine(3, "one 3")}\n${criLine(4, "two")}\n`);
  }
});

Deno.test("grep --follow ends where no more can come, and says what it cannot follow", async () => {
  await using node = await nodeLogs();
  const { link } = node.add({ name: "shop/a-1/api", lines: [criLine(1, "one"), criLine(2, "one")] });
  const missing = `${node.pods}/missing`;
  assert.deepEqual(
    await ranGrep(["one", "--follow", "-c", link]).catch(({ message }) => message.slice(0, 10)),
    "Cannot run",
  );
  const { code, lines, errors } = await ranGrep(["one", "--follow", "-h", "--head=1", link, missing, "-"]);
  assert.deepEqual([code, lines.length], [2, 1]);
  assert.deepEqual(errors.toSorted(), [
    `Error: Cannot follow ${missing}: failed to access log file ${missing}: No such file or directory (os error 2)`,
    "Error: Cannot follow standard input: it is read for as long as it is written, without being asked to",
  ]);
});

Deno.test("grep --follow --until ends when that time is over, with what was written until then", async () => {
  await using node = await nodeLogs();
  const { link, file } = node.add({ name: "shop/a-1/api", lines: [criLine(1, "one a")] });
  const until = new Date(Date.now() + 1000).toISOString();
  const logs = [[link], ["--logs", node.containers, "shop/a-*"]];
  const follows = logs.map((words) => follow(["one", "-h", `--until=${until}`, ...words]));
  await eventually("what is there is printed", () => follows.every((following) => following.lines().length === 1));
  await append(file, `${until} stdout F one b`);
  await append(file, `${new Date(Date.now() + 3_600_000).toISOString()} stdout F one later`);
  for (const following of follows) {
    const { code, errors } = await inTime(() => "the follow ends", following.ended, { deadlineMs: 60_000 });
    assert.deepEqual([code, errors], [0, []]);
    assert.deepEqual(following.lines(), ["one a", "one b"]);
  }
});

Deno.test("grep --follow --until with a time that is over does not wait, not even for new containers", async () => {
  await using node = await nodeLogs();
  node.add({ name: "shop/a-1/api", lines: [criLine(1, "one a")] });
  // A pod that there is none of is an error, whatever follows.
  for (const [pod, expected] of [["shop/a-*", [0, 1]], ["shop/b-*", [2, 0]]] as const) {
    const ran = ranGrep(["one", "--follow", "--until=5m", "--logs", node.containers, pod]);
    const { code, lines } = await inTime(() => `a follow of ${pod} ends`, ran, { deadlineMs: 60_000 });
    assert.deepEqual([code, lines.length], expected);
  }
});

Deno.test("grep --follow takes the lines of plain text for what they are", async () => {
  await using node = await nodeLogs();
  const path = `${node.pods}/app.log`;
  await Deno.writeTextFile(path, "one first\nnothing\n");
  const following = follow(["one", path]);
  await eventually("what is there is printed", () => following.lines().length === 1);
  await append(path, "one second");
  await eventually("what is written is printed", () => following.lines().length === 2);
  assert.deepEqual((await following.end()).errors, []);
  assert.deepEqual(following.lines(), ["one first", "one second"]);
});

for (const [name, code] of [["SIGINT", 130], ["SIGTERM", 143]] as const) {
  Deno.test(`grep --follow of the program ends on ${name} with ${code}, when what it found is printed`, async () => {
    await using node = await nodeLogs();
    node.add({ name: "shop/a-1/api", lines: [criLine(1, "one")] });
    const words = ["grep", "--follow", "one", "--logs", node.containers, "a-*"];
    const args = ["run", "--no-prompt", "--allow-read", new URL("main.ts", projectFolder).pathname, ...words];
    await using child = new Deno.Command(Deno.execPath(), { args, stdout: "piped", stderr: "piped" }).spawn();
    let text = "";
    for await (const chunk of child.stdout.pipeThrough(new TextDecoderStream())) {
      text += chunk;
      if (text.endsWith("\n")) child.kill(name);
    }
    assert.equal(text, "shop/a-1/api:2025-03-04T05:00:01.000000000Z one\n");
    assert.equal(await new Response(child.stderr).text(), "");
    assert.equal((await child.status).code, code);
  });
}
