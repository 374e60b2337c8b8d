/**
 * The pictures of the page about the terminal: each is what a command prints on the made-up node.
 *
 * @module
 */
import { createNode } from "../../tests/terminal/made_node.ts";
import { runCommand } from "../../tests/support/run_command.ts";
import { ansiSvg } from "./ansi_svg.ts";

/** A picture. */
export interface Picture {
  /** Its file in `docs/`. */
  readonly file: string;
  /** The words behind `cluster-agent`. */
  readonly words: readonly string[];
}

/** The pictures. */
export const PICTURES: readonly Picture[] = [
  {
    file: "terminal-grep.svg",
    words: ["grep", "declined|slow", "checkout-*", "-n", "shop", "--since", "2026-11-29T17:00:00Z"],
  },
  { file: "terminal-list.svg", words: ["list", "-n", "shop*"] },
];

/** Draws all pictures: their texts by the names of their files. */
export async function drawPictures(): Promise<ReadonlyMap<string, string>> {
  await using node = await createNode();
  const drawn = new Map<string, string>();
  for (const { file, words } of PICTURES) {
    const colours = words[0] === "grep" ? ["--color", "always"] : [];
    const { stdout } = await runCommand([...words, ...colours, "--logs", `${node.root}/var/log/containers`]);
    drawn.set(file, ansiSvg(`cluster-agent ${words.map(quoted).join(" ")}`, stdout));
  }
  return drawn;
}

function quoted(word: string): string {
  return /[^\w.:/=-]/.test(word) ? `'${word}'` : word;
}
