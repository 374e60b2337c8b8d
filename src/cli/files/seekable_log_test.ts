import { Buffer } from "node:buffer";
import fs from "node:fs";
import assert from "#assert";
import { seekableLog } from "./seekable_log.ts";

/** A log of an open file or folder. */
function logOf(
  path: string,
  processors: number,
): { readonly log: ReturnType<typeof seekableLog>; readonly told: number[] } {
  const descriptor = fs.openSync(path, fs.constants.O_RDONLY);
  const told: number[] = [];
  const onRead = (bytes: number): void => void told.push(bytes);
  return {
    log: seekableLog({ name: "it", descriptor, close: () => fs.closeSync(descriptor), onRead, processors }),
    told,
  };
}

for (const processors of [1, 2]) {
  Deno.test(`seekableLog() reads large and small parts, two at a time, with ${processors} processors`, async () => {
    const bytes = Uint8Array.from({ length: 1_000_000 }, (_, at) => (at * 7) >> 3);
    const path = await Deno.makeTempFile();
    try {
      await Deno.writeFile(path, bytes);
      const { log, told } = logOf(path, processors);
      using _ = log;
      const parts = [[0, 600_000], [500_000, 600_000], [999_990, 300_000], [10, 20], [1_000_000, 10]] as const;
      const reads = parts.map(([position, length]) => {
        const into = new Uint8Array(length);
        return log.read(into, position).then((read) => into.subarray(0, read));
      });
      for (const [index, part] of (await Promise.all(reads)).entries()) {
        const [position, length] = parts[index] ?? [0, 0];
        assert.ok(Buffer.compare(part, bytes.subarray(position, position + length)) === 0, `${length} at ${position}`);
      }
      assert.equal(told.reduce((sum, count) => sum + count, 0), 600_000 + 500_000 + 10 + 20);
    } finally {
      await Deno.remove(path);
    }
  });

  Deno.test(`seekableLog() names what cannot be read, and why, with ${processors} processors`, async () => {
    const folder = await Deno.makeTempDir();
    try {
      const { log } = logOf(folder, processors);
      using _ = log;
      for (const length of [10, 1_000_000]) {
        await assert.rejects(log.read(new Uint8Array(length), 0), /^LogReadError: Cannot read it: .*\(os error 21\)$/);
      }
    } finally {
      await Deno.remove(folder);
    }
  });
}
