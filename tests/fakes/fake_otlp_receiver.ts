/**
 * A receiver of traces: OTLP over HTTP in JSON, as much of it as a test looks at.
 *
 * @module
 */
import http from "node:http";

/** A span that was received. */
export interface ReceivedSpan {
  /** Its name. */
  readonly name: string;
  /** In hexadecimal digits. */
  readonly traceId: string;
  /** In hexadecimal digits. */
  readonly spanId: string;
  /** In hexadecimal digits; empty for the first span of a trace. */
  readonly parentSpanId: string;
  /** 2 is that of a server. */
  readonly kind: number;
  /** 0 is unset, 2 an error. */
  readonly status: number;
  /** By their keys. */
  readonly attributes: Readonly<Record<string, unknown>>;
}

/** A receiver that runs. */
export interface FakeOtlpReceiver extends AsyncDisposable {
  /** For OTEL_EXPORTER_OTLP_ENDPOINT. */
  readonly endpoint: string;
  /** The spans, in the order in which they came. */
  readonly spans: readonly ReceivedSpan[];
  /** Everything that came, as it was sent. */
  readonly bodies: readonly string[];
}

/** Starts one on a free port of this machine. */
export async function startFakeOtlpReceiver(): Promise<FakeOtlpReceiver> {
  const spans: ReceivedSpan[] = [];
  const bodies: string[] = [];
  const server = http.createServer((request, response) => {
    const chunks: Uint8Array[] = [];
    request.on("data", (chunk: Uint8Array) => chunks.push(chunk));
    request.on("end", () => {
      const body = chunks.map((chunk) => new TextDecoder().decode(chunk)).join("");
      bodies.push(body);
      if (request.url === "/v1/traces") spans.push(...spansOf(JSON.parse(body)));
      response.writeHead(200, { "content-type": "application/json" }).end("{}");
    });
  });
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, "127.0.0.1", resolve);
  await promise;
  const { port } = server.address() as { readonly port: number };
  return {
    endpoint: `http://127.0.0.1:${port}`,
    spans,
    bodies,
    [Symbol.asyncDispose]: async () => {
      const closed = Promise.withResolvers<void>();
      server.close(() => closed.resolve());
      server.closeAllConnections();
      await closed.promise;
    },
  };
}

interface Body {
  readonly resourceSpans: readonly { readonly scopeSpans: readonly { readonly spans: readonly SentSpan[] }[] }[];
}

interface SentSpan {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly kind: number;
  readonly status?: { readonly code?: number };
  readonly attributes?: readonly { readonly key: string; readonly value: Readonly<Record<string, unknown>> }[];
}

function spansOf({ resourceSpans }: Body): ReceivedSpan[] {
  return resourceSpans.flatMap(({ scopeSpans }) => scopeSpans).flatMap(({ spans }) => spans).map((
    { name, traceId, spanId, parentSpanId = "", kind, status, attributes = [] },
  ) => ({
    name,
    traceId,
    spanId,
    parentSpanId,
    kind,
    status: status?.code ?? 0,
    attributes: Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]])),
  }));
}
