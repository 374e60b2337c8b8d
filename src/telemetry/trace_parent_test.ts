import assert from "#assert";
import { readTraceParent } from "./trace_parent.ts";

const TRACE = "0af7651916cd43dd8448eb211c80319c";
const SPAN = "b7ad6b7169203331";

for (
  const [what, text, flags] of [
    ["a caller that records", `00-${TRACE}-${SPAN}-01`, 1],
    ["a caller that does not", `00-${TRACE}-${SPAN}-00`, 0],
    ["flags that are not known", `00-${TRACE}-${SPAN}-fe`, 0],
    ["a later version", `01-${TRACE}-${SPAN}-01`, 1],
    ["a later version with more behind", `cc-${TRACE}-${SPAN}-01-what-the-future-brings`, 1],
  ] as const
) {
  Deno.test(`a traceparent is read: ${what}`, () => {
    assert.deepEqual(readTraceParent([text]), { traceId: TRACE, spanId: SPAN, flags });
  });
}

const good = `00-${TRACE}-${SPAN}-01`;

for (
  const [what, values] of [
    ["none", []],
    ["two", [good, good]],
    ["an empty one", [""]],
    ["more behind in version 00", [`${good}-more`]],
    ["less", [good.slice(0, -1)]],
    ["a version that is none", [`ff-${TRACE}-${SPAN}-01`]],
    ["capitals", [good.toUpperCase()]],
    ["no trace", [`00-${"0".repeat(32)}-${SPAN}-01`]],
    ["no span", [`00-${TRACE}-${"0".repeat(16)}-01`]],
    ["blanks around", [` ${good} `]],
    ["other digits", [`00-${"g".repeat(32)}-${SPAN}-01`]],
    ["a long one", [`cc-${TRACE}-${SPAN}-01-${"x".repeat(201)}`]],
    ["a very long one", [`cc-${TRACE}-${SPAN}-01-${"x".repeat(10_000_000)}`]],
    ["two in one", [`${good},${good}`]],
  ] as const
) {
  Deno.test(`a traceparent is not read: ${what}`, () => {
    assert.equal(readTraceParent(values), undefined);
  });
}
