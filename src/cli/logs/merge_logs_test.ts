import assert from "#assert";
import { criLine, type NodeLogs, nodeLogs } from "../../../tests/support/node_logs.ts";
import { createRandom } from "../../../tests/support/random.ts";
import { ranGrep } from "../../../tests/support/ran_grep.ts";

/** Logs of random records; returns all of them in the order of time, of equal times in that of the logs. */
function randomLogs(node: NodeLogs, { logs, records }: { readonly logs: number; readonly records: number }): string[] {
  const random = createRandom(1);
  const all: { readonly second: number; readonly log: number; readonly text: string }[] = [];
  for (let log = 0; log < logs; log++) {
    const name = `shop/pod-${String(log).padStart(2, "0")}/api`;
    let second = 0;
    const lines = Array.from({ length: records }, (_, number) => {
      second += random.int(3);
      const message = `${number % 2 === 0 ? "even" : "odd"} ${"x".repeat(1 + random.int(200))}`;
      all.push({ second, log, text: `${name}:${criLine(second, message).replace("Z stdout F", "000000Z")}` });
      return criLine(second, message);
    });
    const cut = random.int(records);
    node.add({ name, lines: lines.slice(cut), rotated: [lines.slice(0, cut)] });
  }
  return all.sort((a, b) => a.second - b.second || a.log - b.log).map(({ text }) => text);
}

Deno.test("grep --merge prints the records of all logs in the order of time, first or last ones over all", async () => {
  await using node = await nodeLogs();
  const all = randomLogs(node, { logs: 12, records: 1500 });
  const even = all.filter((line) => line.includes("even"));
  const merged = (words: readonly string[]): ReturnType<typeof ranGrep> =>
    ranGrep(["--merge", "--logs", node.containers, ...words]);
  assert.deepEqual(await merged(["even"]), { code: 0, lines: even, errors: [] });
  assert.deepEqual(await merged(["-v", "even"]), {
    code: 0,
    lines: all.filter((line) => !line.includes("even")),
    errors: [],
  });
  assert.deepEqual((await merged(["", "--head=1000"])).lines, all.slice(0, 1000));
  assert.deepEqual((await merged(["", "--tail=1000"])).lines, all.slice(-1000));
  assert.deepEqual((await merged(["even", "--tail=7"])).lines, even.slice(-7));
  assert.deepEqual((await merged(["even", "-m", "7"])).lines, even.slice(0, 7));
  const bounds = ["--since=2025-03-04T05:05:00Z", "--until=2025-03-04T05:06:00Z"];
  const within = all.filter((line) => line.includes("T05:05:") || line.includes("T05:06:00."));
  assert.deepEqual((await merged(["", ...bounds])).lines, within);
  assert.deepEqual((await merged(["", ...bounds, "--tail=5"])).lines, within.slice(-5));
  assert.deepEqual((await merged(["never"])).code, 1);
});

Deno.test("grep --merge goes on without a log that it cannot read, and refuses lines without times", async () => {
  await using node = await nodeLogs();
  const { link } = node.add({ name: "shop/a/api", lines: [criLine(1, "one"), criLine(3, "one")] });
  node.add({ name: "shop/b/api", lines: [criLine(2, "one")] });
  const plain = `${node.pods}/plain.log`;
  await Deno.writeTextFile(plain, "one\n");
  const missing = `${node.pods}/missing`;
  const { code, lines, errors } = await ranGrep([
    "one",
    "-h",
    "--merge",
    "--logs",
    node.containers,
    "shop/b",
    link,
    plain,
    missing,
  ]);
  assert.deepEqual([code, lines.map((line) => line.slice(17, 19))], [2, ["01", "02", "03"]]);
  assert.deepEqual(errors.toSorted(), [
    `Error: Cannot merge ${plain}: its lines tell no times`,
    `Error: Cannot open ${missing}: No such file or directory (os error 2)`,
  ]);
});

Deno.test("grep --merge ends quietly when nobody reads what it prints, with all of its files closed", async () => {
  await using node = await nodeLogs();
  randomLogs(node, { logs: 5, records: 3000 });
  const { code, errors } = await ranGrep(["", "--merge", "--logs", node.containers, "*"], {
    writeSync: () => {
      throw new Deno.errors.BrokenPipe();
    },
  });
  assert.deepEqual([code, errors], [0, []]);
});

Deno.test("grep --merge refuses more logs than may be open, but not for the last records", async () => {
  await using node = await nodeLogs();
  const { link } = node.add({ name: "shop/a/api", lines: [criLine(1, "one")] });
  const links = Array.from({ length: 501 }, () => link);
  const { code, errors } = await ranGrep(["one", "--merge", ...links]);
  assert.deepEqual([code, errors], [2, [
    "Error: Cannot merge 501 logs: at most 500 are open at the same time; name fewer, or use --head or --tail",
  ]]);
  assert.equal((await ranGrep(["one", "--merge", "--tail=600", ...links])).lines.length, 501);
  assert.equal((await ranGrep(["one", "--merge", ...links.slice(1)])).lines.length, 500);
});
