import assert from "#assert";
import { isSettingKey, type Setting, SETTINGS, settingsTable } from "./settings.ts";

const ENTRIES: readonly (readonly [string, Setting<unknown>])[] = Object
  .entries(SETTINGS);

Deno.test("SETTINGS has a default of its own kind for every key that has one", () => {
  for (const [key, { kind, fallback, fallbackText }] of ENTRIES) {
    if (fallback === undefined) assert(fallbackText, key);
    else assert.notEqual(kind.parse(fallback), undefined, key);
  }
});

Deno.test("SETTINGS has kebab-case keys at most two levels deep, and one line on each", () => {
  for (const [key, { doc }] of ENTRIES) {
    assert.match(key, /^[a-z]+(-[a-z]+)*(\.[a-z]+(-[a-z]+)*)?$/);
    assert.match(doc, /^[A-Z][^\n|]+\.$/);
  }
});

Deno.test("isSettingKey knows the keys and nothing else", () => {
  for (const [key] of ENTRIES) assert(isSettingKey(key));
  for (const key of ["tls", "tls.enabled", "toString", "__proto__", ""]) {
    assert(!isSettingKey(key), key);
  }
});

Deno.test("settingsTable has a row of four cells for every key", () => {
  const [head, rule, ...rows] = settingsTable().trimEnd().split("\n");
  assert.equal(head, "| key | values | default | |");
  assert.equal(rule, "|---|---|---|---|");
  assert.deepEqual(
    rows.map((row) => row.split("|")[1]?.trim()),
    ENTRIES.map(([key]) => `\`${key}\``),
  );
  for (const row of rows) assert.equal(row.split("|").length, 6, row);
  assert(rows.some((row) => row.includes("`[::]:50051`")));
});
