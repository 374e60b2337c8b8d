import assert from "#assert";
import { linesOf } from "./lines_of.ts";
import { plainLines } from "./plain_lines.ts";
import { strictCri } from "./strict_cri.ts";
import { strictDocker } from "./strict_docker.ts";

const NAMES = new Map([[strictCri, "cri"], [strictDocker, "docker"], [plainLines, "plain"]]);
const CRI = "2025-03-04T05:00:00.123456789Z stdout F a";
const DOCKER = '{"log":"a\\n","stream":"stdout","time":"2025-03-04T05:00:00Z"}';

for (
  const [expected, text] of [
    ["cri", `${CRI}\n`],
    ["cri", CRI],
    ["cri", "2025-03-04T05:00:00+01:00 stderr P \n"],
    ["cri", "2025-03-04T05:00:00.5+01:00 stderr F:x a\n"],
    ["cri", `rest of a line\n\n\n${CRI}\n${CRI.slice(0, 10)}`],
    ["cri", `${CRI}${"a".repeat(1000)}`],
    ["docker", `${DOCKER}\n`],
    ["docker", `"}\n${DOCKER}\n${DOCKER.slice(0, 20)}`],
    ["docker", '{"log":"aaaaaa'],
    ["plain", "2025-03-04T05:00:00.123456789Z ERROR payment declined\n"],
    ["plain", "2025-03-04T05:00:00.123456789Z stdout of the program\n"],
    ["plain", "2025-13-04T05:00:00.123456789Z stdout F a\n"],
    ["plain", `one\ntwo\n${CRI}\n`],
    ["plain", `{"log":1}\n`],
    ["plain", `{"log":"a","level":"error","time":"2025-03-04T05:00:00Z"}\n`],
    ["docker", `{"stream":"stderr","log":"a","time":"2025-03-04T05:00:00Z"}\n`],
    ["plain", `{"level":"info","time":"2025-03-04T05:00:00Z"}\n`],
    ["plain", `{"log":"a","time":"5 past noon"}\n`],
    ["plain", "2025-03-04 05:00:00,123 INFO payment declined\n"],
    ["plain", "2025-03-04T05:00:00Z INFO    payment declined\n"],
    ["plain", "2025-03-04T05:00:00 stdout F no zone\n"],
    ["plain", "2025-03-04 stdout F no time\n"],
    ["plain", "2025-03-04T05:00:00Z stdlog F another stream\n"],
    ["plain", "2025-03-04T05:00:00Z stdout X another tag\n"],
    ["plain", "a\n"],
    ["plain", "\n\n"],
    ["plain", ""],
  ] as const
) {
  Deno.test(`linesOf() takes ${JSON.stringify(text.slice(0, 60))} for ${expected}`, () => {
    assert.equal(NAMES.get(linesOf(new TextEncoder().encode(text))), expected);
  });
}
