/**
 * The thirty tasks: `cluster-agent` gives the right answer to each; of the other programs, the table says the truth.
 *
 * @module
 */
import assert from "#assert";
import { projectFolder, projectText } from "../support/project.ts";
import { createNode, type Node } from "./made_node.ts";
import { type Task, TASKS } from "./tasks.ts";
import { HERE_FAILS, OTHER_FAILS } from "./task_results.ts";

const MAIN = new URL("main.ts", projectFolder).pathname;

async function shell(script: string, node: Node): Promise<string> {
  const args = ["-c", script.replaceAll("/var/l", `${node.root}/var/l`)];
  const { stdout } = await new Deno.Command("bash", { args, stdin: "null", stderr: "null" }).output();
  return new TextDecoder().decode(stdout);
}

/** Whether what is printed is the right answer. */
function isRight(printed: string, task: Task, { messages }: Node): boolean {
  const answer = task.answer(messages);
  if (typeof answer === "number") {
    const counts = printed.split("\n").map((line) => Number(/(?:^|:)(\d+)$/.exec(line)?.[1] ?? 0));
    return counts.reduce((sum, count) => sum + count, 0) === answer;
  }
  if ("texts" in answer) return answer.texts.every((text) => printed.includes(text));
  const found = [...printed.matchAll(/req=(\d+)/g)].map(([, req]) => Number(req));
  return found.toSorted((a, b) => a - b).join() === [...answer].toSorted((a, b) => a - b).join();
}

const areThere = await Promise.all(["rg", "jq", "zgrep", "bash"].map(async (program) => {
  try {
    return (await new Deno.Command(program, { args: ["--version"] }).output()).success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}));
const isMissing = areThere.some((isThere) => !isThere);

Deno.test({
  name: `thirty tasks${isMissing ? " (skipped: rg, jq, zgrep or bash is missing)" : ""}`,
  ignore: isMissing,
  fn: async () => {
    await using node = await createNode();
    const agent = `${Deno.execPath()} run --quiet --no-prompt --allow-read --allow-env ${MAIN}`;
    const wrong: string[] = [];
    const failing: string[] = [];
    for (const task of TASKS) {
      const logs = task.here.includes("/var/log") ? "" : " --logs /var/log/containers";
      const [words = "", ...pipe] = task.here.split(" | ");
      const here = await shell([`${agent} ${words}${logs}`, ...pipe].join(" | "), node);
      if (!isRight(here, task, node)) wrong.push(task.title);
      if (!isRight(await shell(task.other, node), task, node)) failing.push(task.title);
    }
    assert.deepEqual(wrong, HERE_FAILS, "here");
    assert.deepEqual(failing, OTHER_FAILS, "rg, zgrep, jq");
  },
});

Deno.test("the page has the tasks", async () => {
  const page = await projectText("docs/terminal.md");
  assert.equal(TASKS.length, 30);
  for (const { title } of TASKS) assert(page.includes(title), title);
});
