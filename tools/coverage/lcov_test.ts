import assert from "#assert";
import { parseLcov, percentOf, shareOf, sumOf } from "./lcov.ts";

const REPORT = `SF:/x/src/a.ts
FN:1,f
DA:1,3
DA:2,0
BRDA:1,0,0,2
BRDA:1,0,1,-
BRDA:2,1,0,0
end_of_record
SF:/x/src/b.ts
DA:7,1
end_of_record
`;

Deno.test("parseLcov() reads lines and branches by file", () => {
  const files = parseLcov(REPORT);
  assert.deepEqual([...files.keys()], ["/x/src/a.ts", "/x/src/b.ts"]);
  const shares = [...files.values()].map(({ lines, branches }) => [shareOf(lines), shareOf(branches)]);
  assert.deepEqual(shares, [
    [{ covered: 1, total: 2 }, { covered: 1, total: 3 }],
    [{ covered: 1, total: 1 }, { covered: 0, total: 0 }],
  ]);
});

Deno.test("percentOf() of a sum counts lines, not files", () => {
  assert.equal(percentOf(sumOf([{ covered: 1, total: 3 }, { covered: 1, total: 1 }])), 50);
  assert.equal(percentOf(sumOf([])), 100);
});
