import assert from "#assert";
import { createStreamHeads } from "./stream_heads.ts";

Deno.test("as many streams as may be open are none too many, one more is told; an end makes room", () => {
  const refused: string[] = [];
  const heads = createStreamHeads({ maxStreams: 2, onRefused: (limit) => refused.push(limit) });
  heads.head(1);
  heads.open(1);
  heads.head(3);
  // Trailers, whose stream is known.
  heads.head(1);
  assert.deepEqual(refused, []);
  heads.head(5);
  assert.deepEqual(refused, ["streams_per_connection"]);
  heads.open(3);
  heads.close();
  heads.head(7);
  heads.open(7);
  assert.deepEqual(refused, ["streams_per_connection"]);
});

Deno.test("a stream that is passed over was refused for its metadata", () => {
  const refused: string[] = [];
  const heads = createStreamHeads({ maxStreams: 10, onRefused: (limit) => refused.push(limit) });
  for (const id of [1, 3, 5, 7]) heads.head(id);
  heads.open(1);
  assert.deepEqual(refused, []);
  heads.open(5);
  assert.deepEqual(refused, ["metadata_size"]);
  heads.open(7);
  assert.deepEqual(refused, ["metadata_size"]);
});
