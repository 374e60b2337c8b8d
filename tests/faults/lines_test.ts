import assert from "#assert";
import { naiveRecords } from "../support/naive_records.ts";
import { bytesOf, scan, shown } from "./_scan.ts";

/** A time for each line, a nanosecond apart. */
const at = (nanos: number): string => `2024-10-01T05:40:46.${String(nanos).padStart(9, "0")}Z`;

/** Lines of `<tag> <message>` on stdout, or on stderr where the tag is in lower case. */
function cri(...lines: readonly string[]): string {
  return lines.map((line, index) => {
    const tag = line.slice(0, 1);
    const stream = tag === tag.toLowerCase() ? "stderr" : "stdout";
    return `${at(index)} ${stream} ${tag.toUpperCase()} ${line.slice(2)}\n`;
  }).join("");
}

const docker = (log: string, time = at(0)): string => `${JSON.stringify({ log, stream: "stdout", time })}\n`;

Deno.test("fault 25: the parts of a message are records of their own, the last one final, in either direction", async () => {
  const { records, skipped } = await scan(cri("P one ", "P two", "F three"));
  assert.deepEqual(records.map(({ message, final, nanos }) => [message, final, nanos]), [
    ["one", false, 0],
    ["two", false, 1],
    ["three", true, 2],
  ]);
  assert.equal(skipped, 0);
});

Deno.test("fault 26: parts of stdout and stderr that mingle stay in the file's order, each with its own flag", async () => {
  assert.deepEqual(shown(await scan(cri("P out", "p err", "F put", "f or"))), ["out …", "err …", "put", "or"]);
});

Deno.test("fault 28: a part that nothing follows is delivered, not final, with and without bounds", async () => {
  for (const end of ["", "\n"]) {
    const log = `${cri("F whole", "P left")}`.slice(0, -1) + end;
    for (const bounds of [{}, { stop: at(1) }, { start: at(0) }, { start: at(0), stop: "2030-01-01" }]) {
      assert.deepEqual(shown(await scan(log, bounds)), ["whole", "left …"]);
    }
  }
});

Deno.test("fault 30: a pattern is matched against each part by itself", async () => {
  const log = cri("P need", "F le and needle");
  assert.deepEqual(shown(await scan(log, { grep: "needle" })), ["le and needle"]);
  assert.deepEqual(shown(await scan(log, { grep: "need" })), ["need …", "le and needle"]);
  assert.deepEqual(shown(await scan(log, { grep: "need$" })), ["need …"]);
});

Deno.test("fault 31: the last record that a stop leaves is the end of a message, never amid its parts", async () => {
  const log = cri("F a", "P b1", "P b2", "F b3", "P c1", "F c2");
  for (
    const [nanos, wanted] of [
      [0, ["a"]],
      [1, ["a"]],
      [2, ["a"]],
      [3, ["a", "b1 …", "b2 …", "b3"]],
      [4, ["a", "b1 …", "b2 …", "b3"]],
      [5, ["a", "b1 …", "b2 …", "b3", "c1 …", "c2"]],
    ] as const
  ) assert.deepEqual(shown(await scan(log, { stop: at(nanos) })), wanted, `stop at ${nanos}`);
});

Deno.test("fault 32: tags are taken by their place, so that unknown ones are records, too", async () => {
  const log = ["P:TAG1:TAG2 a", "F:x b", "X c", "F", "", "F"].map((rest, i) => `${at(i)} stdout ${rest}\n`).join("");
  const { records, skipped } = await scan(log);
  assert.deepEqual(records.map(({ message, final }) => [message, final]), [
    ["TAG1:TAG2 a", false],
    ["x b", true],
    ["c", false],
    ["", true],
    ["", true],
  ]);
  assert.equal(skipped, 1);
});

Deno.test("fault 33: five hundred parts of a byte, all of one time, come each once and in order", async () => {
  const letters = Array.from({ length: 500 }, (_, i) => String.fromCharCode(0x61 + i % 26));
  const log = letters.map((letter, i) => `${at(7)} stdout ${i === 499 ? "F" : "P"} ${letter}\n`).join("");
  for (const bounds of [{}, { start: at(7), stop: at(7) }]) {
    for (const batchRows of [1, 7, 1000]) {
      const { records } = await scan(log, { ...bounds, batchRows });
      assert.equal(records.map(({ message }) => message).join(""), letters.join(""));
      assert.equal(records.filter(({ final }) => final).length, 1);
    }
  }
  assert.deepEqual((await scan(log, { stop: at(6) })).records, []);
});

Deno.test("fault 36: lines around the size of a block, and line ends on its edges, lose no byte", async () => {
  const head = `${at(0)} stdout F `.length;
  for (const blockBytes of [128, 200, 4096]) {
    for (let over = -3; over <= 3; over++) {
      for (const end of ["\n", "\r\n"]) {
        const line = (letter: string): string =>
          `${at(0)} stdout F ${letter.repeat(blockBytes + over - head - end.length)}${end}`;
        for (
          const log of [
            line("a") + line("b"),
            `${line("a").slice(0, -7)}\n${line("b")}`,
            line("a") + line("b").trimEnd(),
          ]
        ) {
          const { records, skipped } = await scan(log, { blockBytes: [blockBytes] });
          assert.deepEqual(records, naiveRecords(bytesOf(log), "cri", {}), `${blockBytes} ${over}`);
          assert.equal(skipped, 0);
        }
      }
    }
  }
});

Deno.test("fault 36: the edge of a block may fall on every byte of a line", async () => {
  const lines = cri("F one", "F ", "P zwölf\r", "F 😀☃", "F \t end ");
  for (let pad = 0; pad < 200; pad++) {
    const log = `${at(0)} stdout F ${"x".repeat(pad)}\n${lines}`;
    const { records } = await scan(log, { blockBytes: [128] });
    assert.deepEqual(records, naiveRecords(bytesOf(log), "cri", {}), `pad ${pad}`);
  }
});

Deno.test("fault 38: U+FFFD stands for what is no UTF-8, and for nothing else", async () => {
  for (
    const [raw, wanted] of [
      [[0xff, 0xfe], "\ufffd\ufffd"],
      [[0xc3], "\ufffd"],
      [[0xc0, 0x80], "\ufffd\ufffd"],
      [[0xed, 0xa0, 0x80], "\ufffd\ufffd\ufffd"],
      [[0xf4, 0x90, 0x80, 0x80], "\ufffd\ufffd\ufffd\ufffd"],
      [[0xe2, 0x98], "\ufffd"],
      [[0xe2, 0x98, 0x83], "☃"],
      [[0xf0, 0x9f, 0x98, 0x80], "😀"],
    ] as const
  ) {
    const log = bytesOf(cri("F before"), `${at(1)} stdout F é`, ...raw, "ü\n", cri("F after"));
    assert.deepEqual(shown(await scan(log)), ["before", `é${wanted}ü`, "after"]);
    assert.deepEqual(shown(await scan(log, { grep: "ü$" })), [`é${wanted}ü`]);
    assert.deepEqual(shown(await scan(log, { grep: "after" })), ["after"]);
  }
});

Deno.test("fault 38: a character that the runtime cut is told on both sides, and the bounds do not mind", async () => {
  const log = bytesOf(`${at(0)} stdout P snow`, 0xe2, 0x98, `\n${at(1)} stdout F `, 0x83, `man\n`);
  assert.deepEqual(shown(await scan(log)), ["snow\ufffd …", "\ufffdman"]);
  assert.deepEqual(shown(await scan(log, { start: at(1), stop: at(1) })), ["\ufffdman"]);
});

Deno.test("fault 38: a Docker line with bytes that are no UTF-8, or half a surrogate pair, is repaired", async () => {
  const log = bytesOf(
    '{"log":"a',
    0xff,
    `b\\n","stream":"stdout","time":"${at(0)}"}\n{"log":"\\ud83d!\\n","time":"${at(1)}"}\n`,
  );
  assert.deepEqual(shown(await scan(log, { blockBytes: [4096] })), ["a\ufffdb", "\ufffd!"]);
});

Deno.test("fault 39: NUL amid a line is kept, and found, and what follows is searched", async () => {
  const log = cri("F a\0b", "F \0", "F needle");
  assert.deepEqual(shown(await scan(log)), ["a\0b", "\0", "needle"]);
  assert.deepEqual(shown(await scan(log, { grep: "needle" })), ["needle"]);
  assert.deepEqual(shown(await scan(log, { grep: "a.b" })), ["a\0b"]);
});

Deno.test("fault 40: a byte order mark in a message is kept; one before the first time costs that line and no other", async () => {
  assert.deepEqual(shown(await scan(cri("F \ufeffmarked", "F end\ufeff"))), ["\ufeffmarked", "end\ufeff"]);
  assert.deepEqual(shown(await scan(docker("\ufeffmarked\ufeff\n"), { blockBytes: [4096] })), ["\ufeffmarked\ufeff"]);
  const { records, skipped } = await scan(`\ufeff${cri("F first", "F second")}`);
  assert.deepEqual([records.map(({ message }) => message), skipped], [["second"], 1]);
});

Deno.test("fault 41: white space at the end goes, a lone carriage return and blanks elsewhere stay", async () => {
  const lines = ["F crlf\r", "F a\rb", "F  led ", "F \u00a0", "F nel\u0085", "F zwsp\u200b ", "F tab\t\t"];
  assert.deepEqual(shown(await scan(cri(...lines))), ["crlf", "a\rb", " led", "", "nel", "zwsp\u200b", "tab"]);
});

Deno.test("fault 41: empty messages are records, at the edges of the bounds as well, and match what matches nothing", async () => {
  const log = `${cri("F ", "F a", "F ")}${at(3)} stdout F\n${at(4)} stdout F`;
  assert.deepEqual(shown(await scan(log)), ["", "a", "", "", ""]);
  assert.deepEqual(shown(await scan(log, { start: at(0), stop: at(0) })), [""]);
  assert.deepEqual(shown(await scan(log, { start: at(2), stop: at(3) })), ["", ""]);
  assert.deepEqual(shown(await scan(log, { grep: "^$" })), ["", "", "", ""]);
  assert.deepEqual(shown(await scan(docker("\n") + docker("b\n"), { grep: ".*", blockBytes: [4096] })), ["", "b"]);
});

Deno.test("fault 42: colour codes, tabs and separators are data like any other; a blank finds them", async () => {
  const log = cri("F \x1b[31mred\x1b[0m alert", "F a\tb", "F a\u2028b", "F a b", "F ab");
  assert.deepEqual(shown(await scan(log)), ["\x1b[31mred\x1b[0m alert", "a\tb", "a\u2028b", "a b", "ab"]);
  assert.deepEqual(shown(await scan(log, { grep: "red alert" })), ["\x1b[31mred\x1b[0m alert"]);
  assert.deepEqual(shown(await scan(log, { grep: "a b" })), ["a\tb", "a\u2028b", "a b"]);
  assert.deepEqual(shown(await scan(log, { grep: "a\tb" })), ["a\tb"]);
  assert.deepEqual(shown(await scan(log, { grep: "a[\\t]b" })), ["a\tb"]);
  assert.deepEqual(shown(await scan(log, { grep: "\\x1B\\[31m" })), ["\x1b[31mred\x1b[0m alert"]);
});

Deno.test("fault 43: junk before the first record, and between others, is skipped and counted", async () => {
  const good = cri("F one", "F two");
  for (
    const [junk, lines] of [
      ["\n\n\n", 0],
      ["garbage\n", 1],
      [`${"\0".repeat(5000)}\n`, 1],
      // What a log begins with that was cut under a writer which goes on where it was.
      [`${"\0".repeat(5000)}`, 0],
      [`${"\0".repeat(300_000)}`, 0],
      [`${"x".repeat(100_000)}\n\n{}\n`, 2],
    ] as const
  ) {
    const result = await scan(junk + good, { blockBytes: [128, 4096, 64 * 1024, 256 * 1024] });
    const name = JSON.stringify(junk.slice(0, 20));
    assert.deepEqual(shown(result), ["one", "two"], name);
    assert.equal(result.skipped, lines, name);
  }
});

Deno.test("fault 43: lines that are skipped are counted once, however small the batches", async () => {
  const log = Array.from({ length: 40 }, (_, i) => i % 2 === 0 ? "junk\n" : `${at(i)} stdout F ${i}\n`).join("");
  for (const batchRows of [1, 3, 1000]) {
    const { records, skipped } = await scan(log, { batchRows });
    assert.deepEqual([records.length, skipped], [20, 20], `batches of ${batchRows}`);
  }
});

Deno.test("fault 45: a torn line costs itself, the lines around it are whole", async () => {
  const log = `${cri("F one")}${at(1)} stdout F torn${at(2)} stdout F next\n2024-10-01T05:4${at(3)} stdout F lost\n${
    cri("F four")
  }`;
  const { records, skipped } = await scan(log);
  assert.deepEqual(records.map(({ message }) => message), ["one", `torn${at(2)} stdout F next`, "four"]);
  assert.equal(skipped, 1);
});

Deno.test("fault 46: the first record tells the format, not the name; lines of the other one are skipped and counted", async () => {
  const criLog = cri("F one", "F two");
  const dockerLog = docker("three\n") + docker("four\n");
  const blockBytes = [4096, 256 * 1024];
  for (const path of ["/logs/0.log", "/logs/ab-json.log"]) {
    const first = await scan(criLog + dockerLog, { path, blockBytes });
    assert.deepEqual([shown(first), first.skipped], [["one", "two"], 2]);
    const second = await scan(dockerLog + criLog, { path, blockBytes });
    assert.deepEqual([shown(second), second.skipped], [["three", "four"], 2]);
  }
});
