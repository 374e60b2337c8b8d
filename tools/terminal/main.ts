/**
 * Writes the pictures of the page about the terminal: `deno task draw-terminal`.
 *
 * @module
 */
import { drawPictures } from "./pictures.ts";

for (const [file, svg] of await drawPictures()) {
  await Deno.writeTextFile(new URL(`../../docs/${file}`, import.meta.url), svg);
}
