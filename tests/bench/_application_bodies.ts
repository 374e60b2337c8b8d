/**
 * What the programs of the bench's second kind of log say: services that log JSON under different keys, access logs,
 * klog, logfmt, Java with its traces, and text with colours.
 *
 * Owns how often a thing is said; the patterns for applications rest on these rates. A body of several lines is written
 * as that many records. {@linkcode DIGIT} and {@linkcode HEX} stand for a digit that each record gets anew, so that no
 * trace id, request or size comes twice.
 *
 * @module
 */

import type { Random } from "../support/random.ts";

/** A kind of body: how many of a million bodies are of it, and one such body. */
export interface Speech {
  /** How many of a million. */
  readonly perMillion: number;
  /** One of them. */
  readonly say: (random: Random) => string;
}

/** Stands for a decimal digit; `log_lines.ts` knows its bytes. */
export const DIGIT = "\u{e000}";
/** Stands for a hexadecimal digit. */
export const HEX = "\u{e001}";

const LEVELS = [
  ...Array<string>(32).fill("info"),
  ...["debug", "debug", "debug", "debug", "warn", "warn", "warn", "error", "error", "info"],
];
const SERVICES = (
  "cart checkout orders payments catalog search users sessions shipping inventory pricing mailer gateway billing ledger"
).split(" ");
const FILES = "handler server client store worker queue cache router session repository".split(" ");
const STAGES = "snapshot queue worker flush login commit fetch index compact publish".split(" ");
const SAID = [
  "request completed",
  "request completed",
  "request completed",
  "request completed",
  "request started",
  "request started",
  "user signed in",
  "user signed in",
  "user signed out",
  "lock acquired",
  "lock acquired",
  "lock released",
  "cache miss",
  "cache hit",
  "cache entry expired",
  "queue drained",
  "worker started",
  "worker idle",
  "snapshot written",
  "flush finished",
  "order created",
  "order shipped",
  "payment authorized",
  "payment captured",
  "session refreshed",
  "config reloaded",
  "health check passed",
  "message published",
  "message consumed",
  "transaction committed",
];
const COMPLAINED = [
  "retrying after timeout",
  "retrying after timeout",
  "upstream returned an error",
  "request failed",
  "context deadline exceeded",
  "payment declined",
  "slow query",
  "rate limit reached",
  "stock level below threshold",
  "transaction rolled back",
];
const CAUSES = [
  "context deadline exceeded (Client.Timeout exceeded while awaiting headers)",
  "dial tcp 10.42.8.11:5432: connect: connection refused",
  "read tcp 10.42.3.7:44312->10.42.9.2:6379: i/o timeout",
  "rpc error: code = Unavailable desc = upstream connect error",
  "pq: canceling statement due to user request",
  "no healthy upstream",
  "EOF",
  'json: cannot unmarshal string into field "quantity" of type int',
];
const AGENTS = [
  "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36",
  "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5",
  "okhttp/4.12.0",
  "curl/8.5.0",
  "Go-http-client/2.0",
  "kube-probe/1.30",
  "Prometheus/2.53.0",
];

const digits = (count: number): string => DIGIT.repeat(count);
const hex = (count: number): string => HEX.repeat(count);
const uuid = (random: Random): string =>
  `${hex(8)}-${hex(4)}-4${hex(3)}-${random.pick([..."89ab"])}${hex(3)}-${hex(12)}`;
const two = (value: number): string => String(value).padStart(2, "0");
const address = (random: Random): string => `10.42.${random.int(24)}.${1 + random.int(255)}`;
const client = (random: Random): string =>
  random.pick([
    () => address(random),
    () => `192.168.${random.int(256)}.${random.int(256)}`,
    () => `${81 + random.int(120)}.${random.int(256)}.${random.int(256)}.${random.int(256)}`,
  ])();
const user = (random: Random): string => `u-${12_000 + random.int(1_000)}`;
const clock = (random: Random): string => `${two(8 + random.int(4))}:${two(random.int(60))}:${two(random.int(60))}`;
const service = (random: Random): string => random.pick(SERVICES);
const pod = (random: Random): string => `${service(random)}-${random.int(900) + 100}f7c9d5b-x${random.int(90) + 10}qz`;
const caller = (random: Random): string => `${service(random)}/${random.pick(FILES)}.go:${1 + random.int(420)}`;
const status = (random: Random): number =>
  random.oneIn(24)
    ? random.pick([500, 500, 502, 503, 504])
    : random.pick([200, 200, 200, 200, 200, 200, 201, 204, 301, 304, 400, 401, 404, 409, 429]);
const verb = (random: Random): string => random.pick(["GET", "GET", "GET", "GET", "POST", "POST", "PUT", "DELETE"]);
const url = (random: Random): string =>
  random.pick([
    () => `/api/v1/${service(random)}/${digits(6)}`,
    () => `/api/v1/${service(random)}/${digits(5)}/items?limit=${random.pick([10, 20, 50])}&offset=${digits(2)}`,
    () => `/api/v2/${service(random)}/search?q=${random.pick(STAGES)}&page=${1 + random.int(40)}`,
    () => "/healthz",
    () => `/static/app.${hex(8)}.js`,
  ])();
/** Most are short, few are long. */
const milliseconds = (random: Random): number =>
  random.oneIn(40) ? 1_000 + random.int(29_000) : random.oneIn(3) ? 100 + random.int(900) : 1 + random.int(99);
const message = (random: Random, level: string): string =>
  level === "warn" || level === "error" || random.oneIn(30) ? random.pick(COMPLAINED) : random.pick(SAID);

function zap(random: Random): string {
  const level = random.pick(LEVELS);
  const fields = {
    level,
    ts: `2024-10-01T${clock(random)}.${digits(6)}Z`,
    ...(random.oneIn(3)
      ? { msg: message(random, level), caller: caller(random) }
      : { caller: caller(random), msg: message(random, level) }),
    service: service(random),
    trace_id: hex(32),
    span_id: hex(16),
    user: user(random),
    ...(random.oneIn(2) ? { method: verb(random), path: url(random) } : { tenant: `acme-${random.int(40)}` }),
    status: level === "error" ? random.pick([500, 500, 503, 504, 409, 200]) : status(random),
    duration_ms: milliseconds(random),
    ...(level === "error" ? { error: random.pick(CAUSES) } : {}),
    ...(random.oneIn(4) ? { timeout_ms: random.pick([500, 3_000, 30_000]), errors: 0 } : {}),
  };
  return JSON.stringify(fields);
}

/** The body of a request stands in it as text: quotes within quotes. */
function logrus(random: Random): string {
  const level = random.pick(LEVELS);
  const payload = JSON.stringify({
    id: digits(8),
    sku: `SKU-${digits(5)}`,
    quantity: 1 + random.int(9),
    note: 'say "hi"',
  });
  return JSON.stringify({
    component: service(random),
    level: level === "warn" ? "warning" : level,
    msg: random.oneIn(2) ? `${message(random, level)}: body ${payload}` : message(random, level),
    order_id: random.int(1_000) + 88_340_500,
    request_id: uuid(random),
    time: `2024-10-01T${clock(random)}Z`,
  });
}

function pino(random: Random): string {
  const took = milliseconds(random);
  const code = status(random);
  return `{"level":${code >= 500 ? 50 : code >= 400 ? 40 : 30},"time":172777${digits(7)},"pid":1,"hostname":"${
    pod(random)
  }","req":{"id":"${uuid(random)}","method":"${verb(random)}","url":"${
    url(random)
  }","headers":{"host":"shop.example.com","user-agent":"${random.pick(AGENTS)}"},"remoteAddress":"${
    address(random)
  }","remotePort":4${digits(4)}},"res":{"statusCode":${code}},"responseTime":${took},"msg":"${
    code >= 500 ? "request errored" : "request completed"
  }"}`;
}

function ecs(random: Random): string {
  const level = random.pick(LEVELS).toUpperCase();
  return JSON.stringify({
    "@timestamp": `2024-10-01T${clock(random)}.${digits(3)}Z`,
    "log.level": level,
    message: message(random, level.toLowerCase()),
    "ecs.version": "1.2.0",
    "service.name": service(random),
    "process.thread.name": `http-nio-8080-exec-${1 + random.int(40)}`,
    "log.logger": `com.example.${service(random)}.${random.pick(["OrderService", "CheckoutService", "PaymentClient"])}`,
    "trace.id": hex(32),
    "transaction.id": hex(16),
  });
}

function nginx(random: Random): string {
  return `${client(random)} - ${random.oneIn(6) ? user(random) : "-"} [01/Oct/2024:${clock(random)} +0000] "${
    verb(random)
  } ${url(random)} HTTP/1.1" ${status(random)} ${random.int(90_000)} "${
    random.oneIn(2) ? "-" : "https://shop.example.com/checkout"
  }" "${random.pick(AGENTS)}" ${random.oneIn(30) ? 1 + random.int(20) : 0}.${digits(3)}`;
}

function envoy(random: Random): string {
  const code = status(random);
  return `[2024-10-01T${clock(random)}.${digits(3)}Z] "${verb(random)} ${url(random)} HTTP/2" ${code} ${
    code === 503 ? "UF,URX" : "-"
  } ${random.int(4_000)} ${random.int(60_000)} ${milliseconds(random)} ${random.int(99)} "${address(random)}" "${
    random.pick(AGENTS)
  }" "${uuid(random)}" "${service(random)}.shop.svc.cluster.local" "${address(random)}:8080"`;
}

function klog(random: Random): string {
  const level = random.pick(["I", "I", "I", "I", "I", "I", "I", "I", "W", "E"]);
  const head = `${level}1001 ${clock(random)}.${digits(6)}       1 `;
  const object = `shop/${pod(random)}`;
  if (level === "I") {
    return head + random.pick([
      () =>
        `controller.go:${random.int(700)}] "Reconciling" controller="deployment" object="${object}" reconcileID="${
          uuid(random)
        }"`,
      () =>
        `httplog.go:132] "HTTP" verb="GET" URI="/readyz" latency="${
          milliseconds(random)
        }ms" userAgent="kube-probe/1.30" srcIP="${address(random)}:${digits(5)}" resp=200`,
      () =>
        `kubelet.go:24${digits(2)}] "SyncLoop (PLEG): event for pod" pod="${object}" event={"ID":"${
          uuid(random)
        }","Type":"ContainerStarted","Data":"${hex(64)}"}`,
      () =>
        `trace.go:236] Trace[${digits(9)}]: "List" url:/api/v1/pods,user-agent:kube-controller-manager (total time: ${
          milliseconds(random)
        }ms):`,
    ])();
  }
  return head + random.pick([
    () =>
      `reflector.go:5${
        digits(2)
      }] k8s.io/client-go/informers/factory.go:150: failed to list *v1.ConfigMap: Get "https://10.43.0.1:443/api/v1/configmaps?limit=500": dial tcp 10.43.0.1:443: connect: connection refused`,
    () =>
      `pod_workers.go:13${
        digits(2)
      }] "Error syncing pod, skipping" err="failed to \\"StartContainer\\" for \\"app\\" with CrashLoopBackOff: \\"back-off 5m0s restarting failed container\\"" pod="${object}" podUID="${
        uuid(random)
      }"`,
    () =>
      `leaderelection.go:332] error retrieving resource lock kube-system/shop-controller: etcdserver: request timed out`,
    () =>
      `eviction_manager.go:366] "Eviction manager: pod failed to evict" pod="${object}" err="timeout waiting to kill pod"`,
  ])();
}

function logfmt(random: Random): string {
  const level = random.pick(LEVELS);
  return `ts=2024-10-01T${clock(random)}.${digits(3)}Z caller=${caller(random)} level=${level} component=${
    service(random)
  } msg="${message(random, level)}" traceID=${hex(32)} took=${milliseconds(random)}ms${
    level === "error" ? ` err="${random.pick(CAUSES).replaceAll('"', '\\"')}"` : ""
  }${random.oneIn(3) ? ` timeout=30s retries=${random.int(5)}` : ""}`;
}

function spring(random: Random): string {
  const level = random.pick(LEVELS).toUpperCase();
  const colour = level === "ERROR" ? 31 : level === "WARN" ? 33 : 32;
  const text = random.oneIn(3)
    ? random.pick([
      `HikariPool-1 - Pool stats (total=10, active=${random.int(10)}, idle=${random.int(10)}, waiting=${
        random.int(4)
      })`,
      `Started ${service(random)} in ${1 + random.int(40)}.${digits(3)} seconds (process running for ${
        random.int(60)
      }.${digits(2)})`,
      `Connection to node -1 (kafka/${address(random)}:9092) could not be established. Broker may not be available.`,
    ])
    : message(random, level.toLowerCase());
  return `2024-10-01 ${clock(random)}.${digits(3)} \x1b[${colour}m${
    level.padStart(5)
  }\x1b[0;39m \x1b[35m1\x1b[0;39m \x1b[2m---\x1b[0;39m \x1b[2m[nio-8080-exec-${
    1 + random.int(20)
  }]\x1b[0;39m \x1b[36mc.e.${service(random)}.CheckoutController\x1b[0;39m \x1b[2m:\x1b[0;39m ${text}`;
}

function tracing(random: Random): string {
  const level = random.pick(LEVELS).toUpperCase();
  const colour = level === "ERROR" ? 31 : level === "WARN" ? 33 : 32;
  return `\x1b[2m2024-10-01T${clock(random)}.${digits(6)}Z\x1b[0m \x1b[${colour}m${level.padStart(5)}\x1b[0m \x1b[2m${
    service(random)
  }::${random.pick(FILES)}\x1b[0m\x1b[2m:\x1b[0m ${
    message(random, level.toLowerCase())
  } \x1b[3mattempt\x1b[0m\x1b[2m=\x1b[0m${random.int(9)} \x1b[3melapsed\x1b[0m\x1b[2m=\x1b[0m${
    milliseconds(random)
  }ms \x1b[3mpeer\x1b[0m\x1b[2m=\x1b[0m${address(random)}:${digits(5)}`;
}

function plain(random: Random): string {
  return random.pick([
    () =>
      `2024/10/01 ${clock(random)} [error] 31#31: *${
        digits(6)
      } upstream timed out (110: Connection timed out) while reading response header from upstream, client: ${
        client(random)
      }, server: shop.example.com, request: "GET ${url(random)} HTTP/1.1", upstream: "http://${address(random)}:8080"`,
    () =>
      `2024-10-01 ${clock(random)}.${digits(3)} UTC [${digits(5)}] LOG:  checkpoint complete: wrote ${
        digits(4)
      } buffers (${digits(1)}.${digits(1)}%); write=${digits(2)}.${digits(3)} s, sync=0.${digits(3)} s`,
    () =>
      `2024-10-01 ${clock(random)}.${digits(3)} UTC [${digits(5)}] LOG:  duration: ${milliseconds(random)}.${
        digits(3)
      } ms  statement: SELECT id, status FROM orders WHERE user_id = $1 AND tenant = $2`,
    () => `1:M 01 Oct 2024 ${clock(random)}.${digits(3)} * ${digits(3)} changes in 60 seconds. Saving...`,
    () => `stages: ${Array.from({ length: 5 }, () => random.pick(STAGES)).join(" ")} done in ${milliseconds(random)}ms`,
    () => `stages: ${Array.from({ length: 5 }, () => random.pick(STAGES)).join(" ")} done in ${milliseconds(random)}ms`,
    () => `${address(random)} sent mail to ${service(random)}${digits(3)}@example.com, queue id ${hex(10)}`,
    () => `[shop] pool exhausted: ${digits(2)} of 20 connections are in use, waiting`,
  ])();
}

/** A Java trace, a record for each of its lines. */
function javaTrace(random: Random): string {
  const frame = (): string =>
    `\tat com.example.${service(random)}.${
      random.pick(["CheckoutService", "OrderService", "PaymentClient", "TokenFilter"])
    }.${random.pick(["handle", "invoke", "lambda$run$0", "doFilter", "execute"])}(${
      random.pick(["CheckoutService", "OrderService", "PaymentClient", "TokenFilter"])
    }.java:${1 + random.int(600)})`;
  const library = (): string =>
    `\tat ${
      random.pick([
        "org.springframework.web.servlet.FrameworkServlet.service(FrameworkServlet.java",
        "org.apache.catalina.core.ApplicationFilterChain.doFilter(ApplicationFilterChain.java",
        "java.base/java.util.concurrent.ThreadPoolExecutor.runWorker(ThreadPoolExecutor.java",
        "io.netty.channel.AbstractChannelHandlerContext.invokeChannelRead(AbstractChannelHandlerContext.java",
      ])
    }:${100 + random.int(900)}) ~[app.jar:1.${random.int(40)}]`;
  const frames = Array.from({ length: 4 + random.int(10) }, () => random.oneIn(3) ? frame() : library());
  const thrown = random.pick([
    "java.lang.IllegalStateException: order is closed",
    'java.lang.NullPointerException: Cannot invoke "Order.total()" because "order" is null',
    "org.springframework.dao.DataAccessResourceFailureException: could not open connection",
    `com.example.payments.PaymentException: payment ${digits(8)} was declined`,
  ]);
  const cause = random.pick([
    "java.net.SocketTimeoutException: Read timed out",
    "java.net.ConnectException: Connection refused",
    "java.sql.SQLTransientConnectionException: HikariPool-1 - Connection is not available, request timed out after 30000ms.",
  ]);
  return [
    thrown,
    ...frames,
    `Caused by: ${cause}`,
    frame(),
    library(),
    `\t... ${10 + random.int(80)} common frames omitted`,
  ]
    .join("\n");
}

function goPanic(random: Random): string {
  return [
    "panic: runtime error: invalid memory address or nil pointer dereference",
    `[signal SIGSEGV: segmentation violation code=0x1 addr=0x18 pc=0x${hex(6)}]`,
    "goroutine 118 [running]:",
    `main.(*server).${random.pick(["list", "watch", "update"])}(0xc000${hex(6)}, {0x${hex(7)}, 0xc000${hex(6)}})`,
    `\t/src/cmd/server/main.go:${1 + random.int(400)} +0x${hex(3)}`,
  ].join("\n");
}

/** All kinds. A trace of several lines counts as one. */
export const APPLICATION_SPEECHES: readonly Speech[] = [
  { perMillion: 235_000, say: zap },
  { perMillion: 60_000, say: logrus },
  { perMillion: 90_000, say: pino },
  { perMillion: 50_000, say: ecs },
  { perMillion: 150_000, say: nginx },
  { perMillion: 90_000, say: envoy },
  { perMillion: 120_000, say: klog },
  { perMillion: 80_000, say: logfmt },
  { perMillion: 45_000, say: spring },
  { perMillion: 35_000, say: tracing },
  { perMillion: 40_000, say: plain },
  { perMillion: 4_000, say: javaTrace },
  { perMillion: 20, say: goPanic },
  {
    perMillion: 60,
    say: (random) =>
      `{"level":"info","msg":"pod status changed","pod":"shop/${
        pod(random)
      }","reason":"OOMKilled","exitCode":137,"restarts":${random.int(40)}}`,
  },
  {
    perMillion: 60,
    say: (random) =>
      `W1001 ${clock(random)}.${digits(6)}       1 eviction_manager.go:614] "pod was evicted" pod="shop/${
        pod(random)
      }"`,
  },
  {
    perMillion: 40,
    say: (random) =>
      `{"level":"error","ts":"2024-10-01T${clock(random)}.${digits(6)}Z","caller":"${
        caller(random)
      }","msg":"deadlock detected","service":"${service(random)}","trace_id":"${hex(32)}","status":500}`,
  },
  {
    perMillion: 40,
    say: (random) =>
      `{"level":"info","ts":"2024-10-01T${clock(random)}.${digits(6)}Z","caller":"flags/store.go:${
        random.int(90)
      }","msg":"feature flag removed","flag":"f${digits(4)}"}`,
  },
  {
    perMillion: 40,
    say: (random) =>
      `ts=2024-10-01T${clock(random)}.${
        digits(3)
      }Z caller=tls/watch.go:77 level=warn msg="certificate expires soon" subject="CN=${service(random)}" days=${
        random.int(20)
      }`,
  },
  {
    perMillion: 30,
    say: (random) =>
      `{"level":"info","ts":"2024-10-01T${clock(random)}.${digits(6)}Z","caller":"${
        caller(random)
      }","msg":"request completed","service":"${
        service(random)
      }","trace_id":"4bf92f3577b34da6a3ce929d0e0e4736","span_id":"${hex(16)}","status":200,"duration_ms":${
        milliseconds(random)
      }}`,
  },
  {
    perMillion: 30,
    say: (random) =>
      `[2024-10-01T${clock(random)}.${digits(3)}Z] "GET /api/v1/orders/88341207 HTTP/2" 200 - 0 ${
        random.int(9_000)
      } 12 11 "10.42.7.13" "curl/8.5.0" "f47ac10b-58cc-4372-a567-0e02b2c3d479" "orders.shop.svc.cluster.local" "10.42.7.13:8080"`,
  },
  {
    perMillion: 30,
    say: (random) =>
      `{"level":"info","msg":"user signed in","caller":"cart/handler.go:399","trace_id":"${hex(32)}","user":"${
        user(random)
      }","status":200}`,
  },
  {
    perMillion: 20,
    say: (random) =>
      `{"level":"info","msg":"lock acquired","caller":"${caller(random)}","trace_id":"${
        hex(32)
      }","user":"u-12345","status":200}`,
  },
  {
    perMillion: 40,
    say: (random) =>
      `{"level":"info","msg":"customer updated","name":"Jürgen Müller","city":"Zürich","user":"${
        user(random)
      }","note":"日本語"}`,
  },
  { perMillion: 20, say: () => "stages: snapshot queue worker flush login done in 41ms" },
  { perMillion: 20, say: (random) => `\x1b[31mFATAL\x1b[0m quorum lost: ${random.int(3)} of 5 members answer` },
  {
    perMillion: 20,
    say: (random) =>
      `I1001 ${clock(random)}.${digits(6)}       1 event.go:389] "Event occurred" object="shop/${
        pod(random)
      }" reason="Failed" message="Failed to pull image: ErrImagePull"`,
  },
];
