import assert from "#assert";
import { unpackPeers } from "./peers.ts";

Deno.test("peers that several callers want at once are unpacked by one after another", async () => {
  const dir = await Deno.makeTempDir({ prefix: "peers-" });
  try {
    // Two that run at once meet in the folder that only one of them can make.
    const script = 'set -e; mkdir "$0.busy"; seq 20000 >/dev/null; rmdir "$0.busy"; dirname "$0"';
    await Deno.writeTextFile(`${dir}/unpack.sh`, script);
    const folders = await Promise.all(Array.from({ length: 8 }, () => unpackPeers(`${dir}/unpack.sh`)));
    assert.deepEqual(folders, new Array(8).fill(dir));
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});

Deno.test("where no peers are, there is no folder of them; where they cannot be unpacked, that is an error", async () => {
  const dir = await Deno.makeTempDir({ prefix: "peers-" });
  try {
    assert.equal(await unpackPeers(`${dir}/unpack.sh`), undefined);
    await Deno.writeTextFile(`${dir}/unpack.sh`, "echo no space >&2; exit 1");
    await assert.rejects(unpackPeers(`${dir}/unpack.sh`), { message: "Cannot unpack the peers: no space\n" });
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});
