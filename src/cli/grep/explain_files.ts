/**
 * What a search goes by in a file, in words: how many of its first lines hold each of the texts, and which text is
 * looked for.
 *
 * @module
 */
import { SAMPLE_BYTES } from "../../records/scan/plan_choice.ts";
import { countTexts } from "../../records/scan/text_counts.ts";
import type { Search } from "../../search/search.ts";
import { type Input, openInput } from "../files/input.ts";
import { sniffLines } from "../files/lines_of.ts";
import { type Output, putText } from "../files/output.ts";
import { isExpected } from "../files/read_records.ts";
import type { Terminal } from "../files/terminal.ts";
import { textsOf } from "./explain.ts";

const LINE_FEED = 0x0a;

/** Where it is written. */
interface ExplainOptions {
  readonly terminal: Terminal;
  readonly out: Output;
}

/** Writes it for each file that is named, not for standard input; resolves to whether all of them can be read. */
export async function explainFiles(
  names: readonly string[],
  search: Search,
  { terminal, out }: ExplainOptions,
): Promise<boolean> {
  let isAllRead = true;
  for (const name of names) {
    if (name === "-") continue;
    try {
      using input = await openInput(name);
      putText(out, await explainInput(name, input, search));
    } catch (error) {
      if (!isExpected(error)) throw error;
      isAllRead = false;
      terminal.warn(`Error: ${error.message}`);
    }
  }
  return isAllRead;
}

/** Lines that tell it of the input of that name. */
async function explainInput(name: string, { file }: Input, search: Search): Promise<string> {
  const { format } = await sniffLines(file);
  const bytes = new Uint8Array(SAMPLE_BYTES);
  const read = await file.read(bytes, 0);
  const whole = bytes.subarray(0, read < bytes.length ? read : bytes.lastIndexOf(LINE_FEED) + 1);
  const { counts, chosen, isCounted } = countTexts(search, format, whole);
  const total = whole.reduce((count, byte) => byte === LINE_FEED ? count + 1 : count, 0);
  const counted = counts.map(({ texts, lines }) => `${textsOf(texts)} in ${lines}`).join("; ");
  const how = isCounted || counts.length === 0 ? "" : ", the first guess: there are too few lines to count";
  return `${name}: of ${total} lines at its beginning: ${counted || "nothing to be counted"}\n` +
    `${" ".repeat(9)}looked for: ${chosen === undefined ? "as planned" : textsOf(chosen)}${how}\n`;
}
