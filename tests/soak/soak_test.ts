import assert from "#assert";
import { bundleAgent } from "../support/agent_bundle.ts";
import { parseOptions, SoakUsageError } from "./options.ts";
import { soakChecks } from "./verdict.ts";

Deno.test("the command line of the soak", () => {
  assert.deepEqual([parseOptions([]).minutes, parseOptions([]).memory, parseOptions(["--seed", "7"]).seed], [
    30,
    128,
    7,
  ]);
  for (
    const args of [["--minutes", "0"], ["--minutes", ""], ["--rate", "much"], ["--addr", "10.0.0.1:1"], ["--help"]]
  ) {
    assert.throws(() => parseOptions(args), SoakUsageError, args.join(" "));
  }
});

Deno.test("each bar of the soak can be missed", () => {
  const MIB = 1024 * 1024;
  const samples = (
    rss: (at: number) => number,
    descriptors: (at: number) => number,
  ): Parameters<typeof soakChecks>[0]["samples"] =>
    Array.from({ length: 600 }, (_, at) => ({ second: at, rss: rss(at) * MIB, descriptors: descriptors(at) }));
  const held: Parameters<typeof soakChecks>[0] = {
    samples: samples(() => 100, () => 50),
    peakRss: 110 * MIB,
    limit: 128 * MIB,
    healthP99Ms: [10, 20, 90],
    problemCount: 0,
    unexplained: 0,
    certificates: { put: 3, served: 3 },
  };
  const missed = (change: Partial<typeof held>): string[] =>
    soakChecks({ ...held, ...change }).filter(({ met }) => !met).map(({ what }) => what);
  assert.deepEqual(missed({}), []);
  assert.deepEqual(missed({ problemCount: 1 }), ["problems"]);
  assert.deepEqual(missed({ unexplained: 1 }), ["unexplained log lines"]);
  assert.deepEqual(missed({ peakRss: 129 * MIB }), ["peak MiB"]);
  assert.deepEqual(missed({ healthP99Ms: [60, 60, 10] }), ["health p99 ms, median of the minutes"]);
  assert.deepEqual(missed({ samples: samples((at) => 100 + at / 20, () => 50) }), ["drift of memory"]);
  assert.deepEqual(missed({ samples: samples(() => 100, (at) => 50 + at / 10) }), ["descriptors more"]);
  assert.deepEqual(missed({ certificates: { put: 3, served: 2 } }), ["certificates not served"]);
  assert.deepEqual(missed({ certificates: { put: 3, served: 0 } }), ["certificates not served"]);
});

interface Result {
  readonly problems: readonly string[];
  readonly endings: Readonly<Record<string, number>>;
  readonly events: Readonly<Record<string, number>>;
  readonly logged: readonly { readonly message: string; readonly reason?: string }[];
}

Deno.test("a soak of a few seconds: each line once and in order, no status and no log line that nothing explains", async () => {
  await using bundle = await bundleAgent();
  const json = `${bundle.folder}/soak.json`;
  const args = [
    "--minutes",
    "0.15",
    "--seed",
    "1",
    "--rate",
    "0.5",
    "--logs",
    "20",
    "--streams",
    "40",
    "--outage",
    "5",
  ];
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", "tests/soak/main.ts", ...args, "--bundle", bundle.file, "--json", json],
    cwd: new URL("../../", import.meta.url),
  }).output();
  const printed = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  const { problems, endings, events, logged }: Result = JSON.parse(await Deno.readTextFile(json));
  assert.deepEqual(problems, [], printed);
  assert.deepEqual(logged.filter(({ reason }) => reason === undefined).map(({ message }) => message), [], printed);
  assert.ok((events["lines checked"] ?? 0) > 0 && (events["lines written"] ?? 0) > 0, printed);
  assert.ok((endings["0"] ?? 0) > 0 && (endings["cancelled"] ?? 0) > 0, printed);
});
