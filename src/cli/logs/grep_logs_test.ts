import assert from "#assert";
import { criLine, nodeLogs } from "../../../tests/support/node_logs.ts";
import { type RanGrep, ranGrep } from "../../../tests/support/ran_grep.ts";
import type { Terminal } from "../files/terminal.ts";

/** What the command prints, without the date of each record. */
async function ran(words: readonly string[], terminal: Partial<Terminal> = {}): Promise<RanGrep> {
  const { lines, ...rest } = await ranGrep(words, terminal);
  return { ...rest, lines: lines.map((line) => line.replaceAll("2025-03-04T", "").replaceAll("000000Z ", "")) };
}

Deno.test("grep() finds logs by their pods, in either layout, and names them without the digits of an id", async () => {
  await using node = await nodeLogs();
  node.add({ name: "shop/checkout-7d9f/api", lines: [criLine(1, "one")] });
  node.add({ name: "shop/checkout-8e0a/api", lines: [criLine(2, "one")] });
  node.add({ name: "shop/checkout-8e0a/proxy", lines: [criLine(3, "one")] });
  node.add({ name: "bank/checkout-7d9f/api", lines: [criLine(4, "one")] });
  const bank = "bank/checkout-7d9f/api:05:00:04.000one";
  const first = "shop/checkout-7d9f/api:05:00:01.000one";
  const second = "shop/checkout-8e0a/api:05:00:02.000one";
  const proxy = "shop/checkout-8e0a/proxy:05:00:03.000one";
  for (const folder of [node.containers, node.pods]) {
    for (
      const [words, expected] of [
        [["checkout-*"], [bank, first, second, proxy]],
        [[], [bank, first, second, proxy]],
        [["-n", "shop"], [first, second, proxy]],
        [["-n", "s*"], [first, second, proxy]],
        [["checkout-*", "-n", "shop", "--container", "api"], [first, second]],
        [["checkout-*", "--container=proxy", "--container=ap?"], [bank, first, second, proxy]],
        [["shop/checkout-*"], [first, second, proxy]],
        [["shop/checkout-8e0a"], [second, proxy]],
        [["*/checkout-7d9f"], [bank, first]],
        [["shop/checkout-8e0a/proxy", "shop/*/api"], [proxy, first, second]],
        [["shop/checkout-7d9f"], [first.slice("shop/checkout-7d9f/api:".length)]],
        [["-H", "shop/checkout-7d9f"], [first]],
        [["-h", "*"], [bank, first, second, proxy].map((line) => line.slice(line.indexOf(":") + 1))],
      ] as const
    ) {
      const found = await ran(["one", "--logs", folder, ...words]);
      assert.deepEqual(found, { code: 0, lines: expected, errors: [] }, `${folder} ${words.join(" ")}`);
    }
  }
});

Deno.test("grep() tells containers of one name apart, by what it takes for a name itself", async () => {
  await using node = await nodeLogs();
  const { id } = node.add({ name: "shop/checkout-7d9f/api", lines: [criLine(1, "one")] });
  const { id: later } = node.add({ name: "shop/checkout-7d9f/api", restarts: 1, lines: [criLine(2, "one")] });
  for (
    const [folder, names] of [
      [node.containers, [id, later].map((one) => `shop/checkout-7d9f/api@${one.slice(0, 12)}`)],
      [node.pods, ["shop/checkout-7d9f/api@0", "shop/checkout-7d9f/api@1"]],
    ] as const
  ) {
    const { lines } = await ran(["one", "--logs", folder, "checkout-*"]);
    assert.deepEqual(lines.map((line) => line.slice(0, line.indexOf(":"))).toSorted(), names.toSorted());
    for (const [at, name] of names.entries()) {
      const { lines } = await ran(["one", "--logs", folder, name]);
      assert.deepEqual(lines, [`05:00:0${at + 1}.000one`]);
    }
  }
});

Deno.test("grep() gives each pod a colour of its own, the same for all of its containers and in each run", async () => {
  await using node = await nodeLogs();
  for (const name of ["a/one/x", "a/one/y", "a/two/x"]) node.add({ name, lines: [criLine(1, "one")] });
  const colours = async (): Promise<string[]> =>
    (await ran(["", "--logs", node.containers, "--color=always", "*"])).lines.map((line) =>
      /\[(\d+)m/.exec(line)?.[1] ?? ""
    );
  const [x, y, other] = await colours();
  assert.equal(x, y);
  assert.notEqual(x, other);
  assert.deepEqual(await colours(), [x, y, other]);
});

Deno.test("grep() takes an existing path for a path, and ./ for one that is missing", async () => {
  await using node = await nodeLogs();
  const { link } = node.add({ name: "shop/checkout-7d9f/api", lines: [criLine(1, "one")] });
  const { code, lines, errors } = await ran(["one", "--logs", node.containers, link, "./checkout-*"]);
  assert.deepEqual([code, lines], [2, ["shop/checkout-7d9f/api:05:00:01.000one"]]);
  assert.deepEqual(errors, ["Error: Cannot open ./checkout-*: No such file or directory (os error 2)"]);
  // This folder is one that is there.
  const refused = await ran(["one", "--logs", node.containers, "-n", "shop", "src"]);
  assert.deepEqual([refused.code, refused.errors], [2, [
    "Error: Cannot use --namespace with src: there is such a file; write shop/src for the pod, or ./src for the file",
  ]]);
  const unused = await ran(["one", "--container", "api", link]);
  assert.deepEqual(unused.errors, ["Error: Cannot use --container: all words are paths"]);
});

Deno.test("grep() says what a word was looked for that is neither, and names near ones", async () => {
  await using node = await nodeLogs();
  node.add({ name: "shop/checkout-7d9f/api", lines: [criLine(1, "one")] });
  node.add({ name: "shop/cart-0/api", lines: [criLine(1, "one")] });
  const none = (word: string): string => `Error: Cannot find ${word}: there is no such file, and no pod`;
  const where = ` in ${node.containers}`;
  for (
    const [word, message] of [
      ["checkout", `${none("checkout")} is named checkout${where}; checkout* would be shop/checkout-7d9f`],
      ["chekcout", `${none("chekcout")} is named chekcout${where}; near: shop/checkout-7d9f`],
      ["7d9f", `${none("7d9f")} is named 7d9f${where}; near: shop/checkout-7d9f`],
      ["x-*", `${none("x-*")} matches x-*${where}`],
      ["api", `${none("api")} is named api${where}; a container has that name: --container api`],
      [
        "shop/cart-0/web",
        `${none("shop/cart-0/web")} is named cart-0 in namespace shop of ${node.containers}; its containers are api`,
      ],
      [
        "bank/cart-0",
        `${none("bank/cart-0")} is named cart-0 in namespace bank of ${node.containers}; it is in shop/cart-0`,
      ],
    ] as const
  ) {
    assert.deepEqual(await ran(["one", "--logs", node.containers, word]), { code: 2, lines: [], errors: [message] });
  }
  const { errors } = await ran(["one", "--logs", `${node.containers}/none`, "cart-0"]);
  assert.deepEqual(errors, [
    `${"Error: Cannot find cart-0: there is no such file, and pods cannot be searched for it: "}Cannot list the logs in ` +
    `${node.containers}/none: No such file or directory (os error 2)`,
  ]);
  assert.deepEqual((await ran(["one", "--logs", node.containers, "-n", "none"])).errors, [
    `Error: Cannot find a log: there is none in namespace none of ${node.containers}; its namespaces are shop`,
  ]);
  assert.deepEqual((await ran(["one", "--logs", node.containers, "-n", "shop", "--container", "none"])).errors, [
    `Error: Cannot find a log: there is none of a container none in namespace shop of ${node.containers}; its ` +
    "containers are api",
  ]);
});

Deno.test("grep() reads the rotated files of a log in their order, whichever end comes first", async () => {
  await using node = await nodeLogs();
  const { link, file, rotated } = node.add({
    name: "shop/checkout-7d9f/api",
    rotated: [[criLine(1, "one"), criLine(2, "two")], [criLine(3, "one")], [criLine(4, "one")]],
    lines: [criLine(5, "one")],
  });
  const all = [1, 3, 4, 5].map((second) => `05:00:0${second}.000one`);
  for (const path of [link, file]) {
    assert.deepEqual(await ran(["one", path]), { code: 0, lines: all, errors: [] });
    assert.deepEqual((await ran(["one", "--tail=2", path])).lines, all.slice(-2));
    assert.deepEqual((await ran(["one", "--head=2", path])).lines, all.slice(0, 2));
    assert.deepEqual((await ran(["one", "-c", path])).lines, ["4"]);
    assert.deepEqual((await ran(["one", "--since=2025-03-04T05:00:03Z", "--until=2025-03-04T05:00:04Z", path])).lines, [
      all[1],
      all[2],
    ]);
    assert.deepEqual((await ran(["one", "--no-history", path])).lines, all.slice(-1));
  }
  // By its own name, each is a file of its own.
  assert.deepEqual((await ran(["one", rotated[0] ?? ""])).lines, all.slice(0, 1));
  // None is read twice.
  assert.deepEqual((await ran(["one", "-h", link, ...rotated])).lines, all);
  assert.deepEqual((await ran(["one", "-h", node.pods])).lines, all);
  assert.deepEqual((await ran(["one", "-h", "--no-history", node.pods])).lines.toSorted(), all);
  assert.deepEqual((await ran(["one", "-c", "-h", `${node.pods}/..`])).lines, ["4"]);
  // The log is empty just after it was rotated.
  await Deno.truncate(file);
  assert.deepEqual((await ran(["one", link])).lines, all.slice(0, -1));
});

Deno.test("grep() reports a rotated file that it cannot read, and reads the others", async () => {
  await using node = await nodeLogs();
  const { file, link, rotated: [older = ""] } = node.add({
    name: "shop/checkout-7d9f/api",
    rotated: [[criLine(1, "one")], [criLine(2, "one")]],
    lines: [criLine(3, "one")],
  });
  const whole = await Deno.readFile(older);
  await Deno.writeFile(older, whole.subarray(0, whole.length - 12));
  await Deno.writeFile(`${file}.20250301.xz`, Uint8Array.of(0xfd, 0x37, 0x7a, 0x58, 0x5a, 0, 1, 2, 3));
  const { code, lines, errors } = await ran(["one", link]);
  assert.deepEqual([code, lines.slice(-2)], [2, ["05:00:02.000one", "05:00:03.000one"]]);
  assert.deepEqual(
    errors.toSorted(),
    [
      `Error: Cannot read ${older}: it is damaged, or too long`,
      `Error: Cannot read ${file}.20250301.xz: it is compressed, not by gzip`,
    ].toSorted(),
  );
});

Deno.test("grep() does not take the neighbours of a text that is no container log for its history", async () => {
  await using node = await nodeLogs();
  await Deno.writeTextFile(`${node.pods}/app.log`, "one new\n");
  await Deno.writeTextFile(`${node.pods}/app.log.1`, "one old\n");
  assert.deepEqual(await ran(["one", `${node.pods}/app.log`]), { code: 0, lines: ["one new"], errors: [] });
  assert.deepEqual((await ran(["-h", "one", node.pods])).lines, ["one new", "one old"]);
});

Deno.test("grep() walks a folder: links to files, but not to folders; a log that two links lead to once", async () => {
  await using node = await nodeLogs();
  const { file } = node.add({ name: "shop/checkout-7d9f/api", lines: [criLine(1, "one")] });
  await Deno.symlink(node.pods, `${node.containers}/again`);
  await Deno.symlink(file, `${node.containers}/other.log`);
  await Deno.symlink("/nowhere", `${node.containers}/gone.log`);
  const { code, lines, errors } = await ran(["one", node.containers]);
  assert.deepEqual([code, lines], [2, ["shop/checkout-7d9f/api:05:00:01.000one"]]);
  assert.deepEqual(errors, [`Error: Cannot read ${node.containers}/gone.log: No such file or directory (os error 2)`]);
});

Deno.test("grep() shortens the ids of containers in the paths that it prints", async () => {
  await using node = await nodeLogs();
  const id = "0123456789abcdef".repeat(4);
  await Deno.mkdir(`${node.pods}/${id}`);
  await Deno.writeTextFile(`${node.pods}/${id}/${id}-json.log`, "one\n");
  const { lines } = await ran(["-H", "one", `${node.pods}/${id}/${id}-json.log`]);
  assert.deepEqual(lines, [`${node.pods}/0123456789ab…/0123456789ab…-json.log:one`]);
});

Deno.test("grep() finds one pod among a thousand logs", async () => {
  await using node = await nodeLogs();
  const { file } = node.add({ name: "shop/checkout-7d9f/api", lines: [criLine(1, "one")] });
  for (let at = 0; at < 1000; at++) {
    await Deno.symlink(file, `${node.containers}/pod-${at}_other_api-${String(at).padStart(64, "0")}.log`);
  }
  assert.deepEqual((await ran(["one", "--logs", node.containers, "shop/*"])).lines, [
    "shop/checkout-7d9f/api:05:00:01.000one",
  ]);
});

Deno.test("grep() prints and reads times in another zone", async () => {
  await using node = await nodeLogs();
  const { link } = node.add({ name: "a/b/c", lines: [criLine(1, "one"), criLine(60, "one")] });
  const { lines } = await ran(["one", "--tz=Europe/Berlin", "--since", "2025-03-04 06:01", link]);
  assert.deepEqual(lines, ["06:01:00.000000000+01:00 one"]);
});
