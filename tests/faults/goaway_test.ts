import assert from "#assert";
import { Buffer } from "node:buffer";
import { services } from "../../src/rpc/descriptor.ts";
import { untilAborted } from "../../src/scheduling/abortable.ts";
import { runServer } from "../support/agent_server.ts";
import { eventually } from "../support/eventually.ts";
import { inTime } from "../support/in_time.ts";
import { callHeaders, connectRawHttp2, grpcMessage } from "../support/raw_http2.ts";
import { frameFlags, frameTypes } from "../support/http2_types.ts";
import { anyLog, listing, listOf, streaming } from "../support/test_services.ts";

const { StreamForward } = services.logRecords;
const { List } = services.logMetadata;
/** GOAWAY of a client that has taken no stream of ours, without an error. */
const goAway = { type: frameTypes.goAway, payload: Buffer.alloc(8) };

Deno.test("fault 108: clients that go away, when idle, amid a stream or twice, take nothing with them", async () => {
  let streams = 0;
  await using server = await runServer([
    listing(() => listOf(["one"])),
    streaming(async ({ sendHeaders, signal }) => {
      streams++;
      sendHeaders();
      try {
        await untilAborted({ signal });
      } finally {
        streams--;
      }
    }),
  ]);
  const { port, certificates: { authority, client: leaf } } = server;
  const bystander = server.client();
  assert.equal((await bystander.unary(List, { namespaces: [] })).code, "OK");
  const follow = [
    { type: frameTypes.headers, flags: frameFlags.endHeaders, stream: 1, payload: callHeaders(StreamForward.path) },
    {
      type: frameTypes.data,
      flags: frameFlags.endStream,
      stream: 1,
      payload: grpcMessage(StreamForward.requestSerialize(anyLog)),
    },
  ];
  for (const frames of [[goAway], [...follow, goAway], [goAway, goAway], [...follow, goAway, goAway]]) {
    for (let round = 0; round < 10; round++) {
      using client = await connectRawHttp2({ port, ca: authority.certPem, leaf });
      await client.send(...frames);
      client[Symbol.dispose]();
      await inTime(() => "the connection has ended", client.closed);
    }
  }
  await eventually("all of theirs has ended", () => streams === 0 && server.server.connections() === 1);
  assert.equal((await bystander.unary(List, { namespaces: [] })).code, "OK");
  assert.deepEqual([server.reports, server.cuts], [[], []]);
});
