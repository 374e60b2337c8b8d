/**
 * Starts the bench's client as a process of its own, and talks to it.
 *
 * Under Node where there is one – its TLS costs the least –, else under Deno.
 *
 * @module
 */
import type { ClientAnswer, ClientCommand, ClientIdentity } from "./client_protocol.ts";

/** A client that runs. Disposing of it ends it. */
export interface BenchClient<Command = ClientCommand, Answer = ClientAnswer> extends AsyncDisposable {
  /** Tells it to do something; commands go one after the other. */
  ask(command: Command): Promise<Answer>;
}

/** Bundles the client – `client.ts`, or another beside it – into `folder`; returns the command that runs it. */
export async function bundleClient(folder: string, file = "client.ts"): Promise<readonly string[]> {
  const source = new URL(file, import.meta.url).pathname;
  const bundle = `${folder}/${file.replace(/ts$/, "mjs")}`;
  await run([Deno.execPath(), "bundle", "--quiet", "--platform", "deno", "--output", bundle, source]);
  return await hasNode() ? ["node", bundle] : [Deno.execPath(), "run", "-A", "--quiet", bundle];
}

async function run([program = "", ...args]: readonly string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command(program, { args, stderr: "piped" }).output();
  if (!success) throw new Error(`Cannot run ${program} ${args[0]}: ${new TextDecoder().decode(stderr)}`);
}

async function hasNode(): Promise<boolean> {
  try {
    return (await new Deno.Command("node", { args: ["--version"], stdout: "null", stderr: "null" }).output()).success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** Starts a client. */
export async function startClient<
  Command extends { readonly kind: string } = ClientCommand,
  Answer = ClientAnswer,
>(command: readonly string[], identity: ClientIdentity): Promise<BenchClient<Command, Answer>> {
  const [program = "", ...args] = command;
  const child = new Deno.Command(program, { args, stdin: "piped", stdout: "piped", stderr: "inherit" }).spawn();
  const writer = child.stdin.getWriter();
  const answers = linesOf(child.stdout);
  const say = (message: unknown): Promise<void> =>
    writer.write(new TextEncoder().encode(`${JSON.stringify(message)}\n`));
  await say(identity);
  return {
    ask: async (message) => {
      await say(message);
      const { value, done } = await answers.next();
      if (done === true) throw new Error(`Cannot ask the client: it has ended while it did "${message.kind}"`);
      return JSON.parse(value);
    },
    [Symbol.asyncDispose]: async () => {
      await writer.close();
      await answers.return(undefined);
      await child.status;
    },
  };
}

async function* linesOf(bytes: ReadableStream<Uint8Array<ArrayBuffer>>): AsyncGenerator<string, undefined> {
  let rest = "";
  for await (const text of bytes.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
  return undefined;
}
