/**
 * Data recorded from open-telemetry/opentelemetry-network's own program: what its encoder writes, and what its matcher
 * answers. The large files are compressed here.
 *
 * @module
 */

/** The bytes of a recorded file; one whose name ends in `.gz` is decompressed. */
export async function recorded(name: string): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = await Deno.readFile(new URL(`data/${name}`, import.meta.url));
  if (!name.endsWith(".gz")) return bytes;
  const plain = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(plain).arrayBuffer());
}

/** The lines of a recorded text. */
export async function recordedLines(name: string): Promise<readonly string[]> {
  return new TextDecoder().decode(await recorded(name)).trimEnd().split("\n");
}
