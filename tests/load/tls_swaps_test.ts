import assert from "#assert";
import { engineFlags, MALLOC } from "../support/agent_bundle.ts";
import type { TlsSwaps } from "./_tls_swaps.ts";

Deno.test("of a hundred certificates and authorities that were swapped, the last ones are held, and no other", async () => {
  const { stdout, stderr, success } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--quiet", "--no-check", "-A", ...engineFlags()],
      new URL("_tls_swaps.ts", import.meta.url).pathname,
      "100",
    ],
    // As in the image: otherwise the C library keeps what the TLS stack has freed.
    env: MALLOC,
    stdout: "piped",
    stderr: "piped",
  }).output();
  assert(success, new TextDecoder().decode(stderr));
  const { swaps, held, rssEarly, rssLate } = JSON.parse(new TextDecoder().decode(stdout)) as TlsSwaps;
  assert.equal(swaps, 100);
  assert(held <= 4, `${held} are held`);
  assert(rssLate - rssEarly < 16 * 2 ** 20, `${rssEarly} bytes became ${rssLate}`);
});
