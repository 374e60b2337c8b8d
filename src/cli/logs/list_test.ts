import assert from "#assert";
import { criLine, nodeLogs } from "../../../tests/support/node_logs.ts";
import { recordedTerminal } from "../../../tests/support/recorded_terminal.ts";
import { list } from "./list.ts";
import { parseList } from "./list_flags.ts";

async function ran(words: readonly string[]): Promise<{ code: number; text: string; errors: readonly string[] }> {
  const command = parseList(words);
  if (command.kind !== "list") throw new TypeError(`Cannot run: ${JSON.stringify(command)}`);
  const { terminal, bytes, warnings } = recordedTerminal();
  const code = await list(command, terminal);
  return { code, text: new TextDecoder().decode(await bytes()), errors: warnings };
}

Deno.test("list() prints a table of the logs, with the size of their rotated files", async () => {
  await using node = await nodeLogs();
  const lines = [criLine(1, "x".repeat(2000))];
  const logs = [
    node.add({ name: "shop/checkout-7d9f/api", lines, rotated: [lines, lines] }),
    node.add({ name: "shop/checkout-7d9f/api", restarts: 12, lines: [] }),
    node.add({ name: "bank/ledger-0/db", lines }),
  ];
  for (const [at, { file }] of logs.entries()) await Deno.utime(file, 1_741_064_861 + at, 1_741_064_861 + at);
  const [first, second] = logs.map(({ id }) => id.slice(0, 12));
  const gzipped = (await Deno.stat(logs[0]?.rotated[0] ?? "")).size;
  const kib = ((2 * (lines[0]?.length ?? 0) + 2 + gzipped) / 1024).toFixed(1);
  assert.deepEqual(await ran(["--logs", node.containers]), {
    code: 0,
    text: `NAMESPACE  POD            CONTAINER         RESTARTS     SIZE  FILES  LAST WRITTEN
bank       ledger-0       db                       0  2.0 KiB      1  2025-03-04T05:07:43Z
shop       checkout-7d9f  api@${first}         0  ${kib} KiB      3  2025-03-04T05:07:41Z
shop       checkout-7d9f  api@${second}        12      0 B      1  2025-03-04T05:07:42Z
`,
    errors: [],
  });
  const inPods = await ran(["--logs", node.pods, "--tz=Europe/Berlin", "checkout-*"]);
  assert.deepEqual(inPods.text.split("\n").slice(1), [
    `shop       checkout-7d9f  api@0             0  ${kib} KiB      3  2025-03-04T06:07:41+01:00`,
    "shop       checkout-7d9f  api@12           12      0 B      1  2025-03-04T06:07:42+01:00",
    "",
  ]);
});

Deno.test("list() prints a JSON object for each log", async () => {
  await using node = await nodeLogs();
  const { link, file, id } = node.add({ name: "shop/checkout-7d9f/api", restarts: 2, lines: ["x"], rotated: [["yy"]] });
  await Deno.utime(file, 1_741_064_861, 1_741_064_861);
  const expected = {
    namespace: "shop",
    pod: "checkout-7d9f",
    container: "api",
    restarts: 2,
    size: 2,
    size_with_history: 5,
    rotated_files: 1,
    last_written: "2025-03-04T05:07:41.000Z",
  };
  for (
    const [folder, own] of [
      [node.containers, { container_id: id, path: link }],
      [node.pods, { pod_uid: "0f3c9d2b-71aa-4c4e-9d6f-5f0a1b2c3d4e", path: file }],
    ] as const
  ) {
    const { code, text } = await ran(["--json", "--logs", folder]);
    assert.deepEqual([code, JSON.parse(text)], [0, { ...expected, ...own }]);
  }
});

Deno.test("list() reports what it cannot list, and shows nothing of a name that a terminal would obey", async () => {
  await using node = await nodeLogs();
  const { link } = node.add({ name: "shop/gone-0/api", lines: [] });
  node.add({ name: "shop/\x1b[2J/api", lines: [] });
  await Deno.remove(node.pods, { recursive: true });
  await Deno.mkdir(node.pods);
  const none = await ran(["--logs", node.containers, "gone-0"]);
  assert.deepEqual([none.code, none.text], [2, ""]);
  assert.equal(none.errors[0], `Error: Cannot read ${link}: NotFound: ENOENT`);
  node.add({ name: "shop/\x1b[2J/api", lines: [] });
  const { text } = await ran(["--logs", node.pods]);
  assert(!text.includes("\x1b") && text.includes("\ufffd[2J"), text);
  assert.deepEqual(await ran(["--logs", node.pods, "-n", "none"]), {
    code: 1,
    text: "",
    errors: [`Cannot find a log: there is none in namespace none of ${node.pods}; its namespaces are shop`],
  });
  assert.match((await ran(["--logs", node.pods, "2J"])).errors.join(), /; near: shop\/\ufffd\[2J$/);
});

Deno.test("list() refuses a folder that is not there", async () => {
  const { code, errors } = await ran(["--logs", "/nowhere"]);
  assert.deepEqual([code, errors], [2, [
    "Error: Cannot list the logs in /nowhere: No such file or directory (os error 2)",
  ]]);
});
