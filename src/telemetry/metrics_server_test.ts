import assert from "#assert";
import net from "node:net";
import { eventually } from "../../tests/support/eventually.ts";
import { type MetricsServer, type MetricsServerOptions, openMetricsServer } from "./metrics_server.ts";

const TEXT = { contentType: "text/plain; version=0.0.4; charset=utf-8", read: () => Promise.resolve("up 1\n") };
const LOOPBACK = { host: "127.0.0.1", port: 0 };

function open(options: Partial<MetricsServerOptions> = {}): Promise<MetricsServer> {
  return openMetricsServer(LOOPBACK, {
    text: TEXT,
    missing: () => Promise.resolve([]),
    onError: (error) => assert.fail(String(error)),
    ...options,
  });
}

/** One request over a connection of its own. */
async function ask(
  { port }: MetricsServer,
  path: string,
  init: RequestInit = {},
): Promise<{ readonly status: number; readonly body: string; readonly headers: Headers }> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, init);
  return { status: response.status, body: await response.text(), headers: response.headers };
}

/** A connection that sends a text, and keeps what comes. */
class Connection implements Disposable {
  readonly #socket: net.Socket;
  readonly closed: Promise<void>;
  got = "";

  constructor({ port }: MetricsServer, text: string, { reads = true }: { readonly reads?: boolean } = {}) {
    this.#socket = net.connect(port, "127.0.0.1");
    this.closed = new Promise((resolve) => this.#socket.on("close", () => resolve()));
    // A connection that is cut may end by a reset.
    this.#socket.on("error", () => {});
    if (reads) this.#socket.on("data", (bytes) => this.got += bytes.toString());
    this.#socket.write(text);
  }

  [Symbol.dispose](): void {
    this.#socket.destroy();
  }
}

/** Waits for the end of a connection. */
async function isClosed(connection: Connection): Promise<void> {
  let closed = false;
  void connection.closed.then(() => closed = true);
  await eventually("the connection is closed", () => closed);
}

Deno.test("each path has its answer to GET and HEAD, and every other request a refusal", async () => {
  await using server = await open();
  const told = async (path: string, method = "GET"): Promise<[number, string]> => {
    const { status, body } = await ask(server, path, { method });
    return [status, body];
  };
  assert.deepEqual(await told("/livez"), [200, "ok\n"]);
  assert.deepEqual(await told("/readyz"), [200, "ok\n"]);
  assert.deepEqual(await told("/readyz?verbose"), [200, "ok\n"]);
  assert.deepEqual(await told("/metrics"), [200, "up 1\n"]);
  assert.deepEqual(await told("/metrics", "HEAD"), [200, ""]);
  for (const path of ["/", "/metrics/", "/metrics2", "//metrics", "/Metrics", "/debug", "/livez/../metrics2"]) {
    assert.deepEqual(await told(path), [404, "not found\n"], path);
  }
  for (const method of ["POST", "PUT", "DELETE", "OPTIONS", "PATCH"]) {
    assert.deepEqual(await told("/metrics", method), [405, "only GET and HEAD\n"], method);
  }
});

Deno.test("an answer says what it is, and ends its connection", async () => {
  await using server = await open();
  const { headers } = await ask(server, "/metrics");
  assert.equal(headers.get("content-type"), TEXT.contentType);
  assert.equal(headers.get("cache-control"), "no-store");
  using connection = new Connection(
    server,
    "GET /livez HTTP/1.1\r\nHost: a\r\n\r\nGET /livez HTTP/1.1\r\nHost: a\r\n\r\n",
  );
  await isClosed(connection);
  assert.equal(connection.got.match(/200 OK/g)?.length, 1, connection.got);
  assert.match(connection.got, /^connection: close\r$/im);
});

Deno.test("a program that is not ready says what is missing, a line each, and lives", async () => {
  let missing: string[] = ["does not serve yet", "has not reached the API server yet"];
  await using server = await open({ missing: () => Promise.resolve(missing) });
  const { status, body } = await ask(server, "/readyz");
  assert.deepEqual([status, body], [503, "does not serve yet\nhas not reached the API server yet\n"]);
  assert.equal((await ask(server, "/livez")).status, 200);
  missing = [];
  assert.equal((await ask(server, "/readyz")).status, 200);
});

Deno.test("what cannot be told is a 500 and an error for the operator, and the next request has its answer", async () => {
  const errors: unknown[] = [];
  let nowMs = 0;
  let fails = true;
  await using server = await open({
    text: { ...TEXT, read: () => fails ? Promise.reject(new TypeError("Cannot count")) : Promise.resolve("up 1\n") },
    missing: () => Promise.reject(new TypeError("Cannot look")),
    onError: (error) => errors.push(String(error)),
    clock: () => nowMs,
  });
  assert.deepEqual([(await ask(server, "/metrics")).status, (await ask(server, "/readyz")).status], [500, 500]);
  assert.deepEqual(errors, ["TypeError: Cannot count", "TypeError: Cannot look"]);
  fails = false;
  nowMs = 1_000;
  assert.equal((await ask(server, "/metrics")).body, "up 1\n");
});

Deno.test("a text is made once a second, whoever asks", async () => {
  let made = 0;
  let nowMs = 0;
  await using server = await open({
    text: { ...TEXT, read: () => Promise.resolve(`made ${++made}\n`) },
    clock: () => nowMs,
  });
  const texts = await Promise.all([1, 2, 3].map(() => ask(server, "/metrics")));
  assert.deepEqual(texts.map(({ body }) => body), ["made 1\n", "made 1\n", "made 1\n"]);
  nowMs = 999;
  assert.equal((await ask(server, "/metrics")).body, "made 1\n");
  nowMs = 1_000;
  assert.equal((await ask(server, "/metrics")).body, "made 2\n");
});

Deno.test("a head that is longer than 8 KiB gets no answer, and one that just fits does", async () => {
  await using server = await open();
  const request = (bytes: number): string => {
    const head = "GET /livez HTTP/1.1\r\nHost: a\r\nX: ";
    return `${head}${"x".repeat(bytes - head.length - 4)}\r\n\r\n`;
  };
  using long = new Connection(server, request(8 * 1024 + 200));
  await isClosed(long);
  assert.doesNotMatch(long.got, /200 OK/);
  using fitting = new Connection(server, request(8 * 1024 - 200));
  await isClosed(fitting);
  assert.match(fitting.got, /200 OK/);
});

for (
  const [what, text] of [
    ["says nothing", ""],
    ["sends half a head", "GET /livez HTTP/1.1\r\nHost: "],
    ["promises a body that never comes", "GET /livez HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n"],
  ] as const
) {
  Deno.test(`a client that ${what} is cut off after its time`, async () => {
    await using server = await open({ connectionMs: 100 });
    using connection = new Connection(server, text);
    await isClosed(connection);
    await eventually("another gets its answer within its own time", async () => {
      using next = new Connection(server, "GET /livez HTTP/1.1\r\nHost: a\r\n\r\n");
      await next.closed;
      return next.got.includes("200 OK");
    });
  });
}

Deno.test("clients that do not read their answers are cut off after their time, and make room", async () => {
  const text = "x".repeat(16 * 1024 * 1024);
  await using server = await open({ connectionMs: 300, text: { ...TEXT, read: () => Promise.resolve(text) } });
  using stack = new DisposableStack();
  for (let client = 0; client < 16; client++) {
    stack.use(new Connection(server, "GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n", { reads: false }));
  }
  await eventually("one of them is cut off", async () => {
    using next = new Connection(server, "GET /livez HTTP/1.1\r\nHost: a\r\n\r\n");
    await next.closed;
    return next.got.includes("200 OK");
  });
});

Deno.test("what is no HTTP gets no answer", async () => {
  await using server = await open();
  for (const text of ["\x16\x03\x01\x02\x00\x01\r\n\r\n", "hello\r\n\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"]) {
    using connection = new Connection(server, text);
    await isClosed(connection);
    assert.equal(connection.got, "");
  }
});

Deno.test("a client has sixteen connections, and its seventeenth is refused and told of", async () => {
  const refused: string[] = [];
  await using server = await open({ onRefuse: (client) => refused.push(client) });
  const held = Array.from({ length: 16 }, () => new Connection(server, ""));
  using stack = new DisposableStack();
  for (const one of held) stack.use(one);
  using more = new Connection(server, "GET /livez HTTP/1.1\r\nHost: a\r\n\r\n");
  await isClosed(more);
  assert.equal(more.got, "");
  assert.deepEqual(refused, ["127.0.0.1"]);
  held[0]?.[Symbol.dispose]();
  await eventually("its place is free", async () => {
    using next = new Connection(server, "GET /livez HTTP/1.1\r\nHost: a\r\n\r\n");
    await next.closed;
    return next.got.includes("200 OK");
  });
});

Deno.test("the address of another is refused with its name", async () => {
  await using server = await open();
  await assert.rejects(
    openMetricsServer({ host: "127.0.0.1", port: server.port }, {
      text: TEXT,
      missing: () => Promise.resolve([]),
      onError: assert.fail,
    }),
    (error: Error) => {
      assert.equal(error.name, "MetricsAddressError");
      assert.match(
        error.message,
        new RegExp(`^Cannot open the address of metrics "127\\.0\\.0\\.1:${server.port}": .*EADDRINUSE`),
      );
      return true;
    },
  );
});

Deno.test("the end of the server ends its connections", async () => {
  const server = await open();
  using idle = new Connection(server, "");
  using asked = new Connection(server, "GET /livez HTTP/1.1\r\nHost: a\r\n\r\n");
  await isClosed(asked);
  await server[Symbol.asyncDispose]();
  await isClosed(idle);
  await assert.rejects(ask(server, "/livez"));
});
