/**
 * A program that runs another one whose standard input, output or error does not block, as happens where another
 * process that shares it has set it so: `deno run -A without_blocking.ts <descriptor> <program> [ARGUMENT]…`. Ends as
 * that one does.
 *
 * @module
 */
import net from "node:net";

const [descriptor = "", program = "", ...args] = Deno.args;
const isInput = descriptor === "0";
// The flag belongs to what both processes have open.
const socket = new net.Socket({ fd: Number(descriptor), readable: isInput, writable: !isInput });
socket.pause();
const { code } = await new Deno.Command(program, { args, stdin: "inherit", stdout: "inherit", stderr: "inherit" })
  .output();
Deno.exit(code);
