import { eventually } from "../../../tests/support/eventually.ts";
import { runServer } from "../../../tests/support/agent_server.ts";
import { callHeaders, connectRawHttp2, type Frame } from "../../../tests/support/raw_http2.ts";
import { frameFlags, frameTypes } from "../../../tests/support/http2_types.ts";
import { services } from "../descriptor.ts";

const CALLS = 100;

Deno.test("a request of no bytes is answered, also where its stream waits to begin when it ends", async () => {
  await using running = await runServer([]);
  const { authority, client } = running.certificates;
  const ended = new Set<number>();
  using connection = await connectRawHttp2({
    port: running.port,
    ca: authority.certPem,
    leaf: client,
    onFrame: ({ type, flags, stream }) => {
      if (type === frameTypes.headers && (flags & frameFlags.endStream) !== 0) ended.add(stream);
    },
  });
  const payload = callHeaders(services.health.Check.path);
  const frames = Array.from({ length: CALLS }, (_, at): Frame[] => [
    { type: frameTypes.headers, flags: frameFlags.endHeaders, stream: 1 + 2 * at, payload },
    { type: frameTypes.data, flags: frameFlags.endStream, stream: 1 + 2 * at },
  ]);
  // So many at once that most wait when the end of their request comes.
  await connection.send(...frames.flat());
  await eventually("all calls are answered", () => ended.size === CALLS);
});
