/**
 * The logs of the demonstration: five containers of three namespaces, with an hour of history each.
 *
 * Promises the same lines every time, whatever the hour. One log is Docker's, one has lines in colours, one has long
 * lines in parts and many scripts. Writes history only; `writers.ts` goes on from there.
 *
 * @module
 */
import type { ContainerLog, LogLine, LogTree } from "../../tests/fakes/log_tree.ts";
import type { Writing } from "./writers.ts";

/** The logs. */
export interface SampleLogs {
  /** CRI, the big one. */
  readonly checkout: ContainerLog;
  /** CRI, a second container of the same pod. */
  readonly proxy: ContainerLog;
  /** Docker's JSON. */
  readonly web: ContainerLog;
  /** CRI, in parts and in many scripts. */
  readonly invoices: ContainerLog;
  /** CRI, coloured. */
  readonly dns: ContainerLog;
}

/** What was written. */
export interface SampleHistory {
  /** The logs. */
  readonly logs: SampleLogs;
  /** How each of them goes on. */
  readonly writings: readonly Writing[];
  /** How many lines were written in all. */
  readonly lines: number;
  /** How many lines of `checkout` say that a payment was declined. */
  readonly declined: number;
  /** Near the end of `invoices`, with the long line in it; the line after `to` comes one nanosecond later. */
  readonly invoicesRange: { readonly from: bigint; readonly to: bigint };
}

type LogName = keyof SampleLogs;

/** How many lines of a log there are at the beginning, and the text of any. */
const kinds: Readonly<Record<LogName, { readonly lines: number; readonly textOf: (index: number) => string }>> = {
  checkout: { lines: 20_000, textOf: checkoutText },
  proxy: { lines: 600, textOf: proxyText },
  web: { lines: 600, textOf: webText },
  invoices: { lines: 240, textOf: invoiceText },
  dns: { lines: 240, textOf: dnsText },
};
const names = Object.keys(kinds) as LogName[];

const hour = 3_600_000_000_000n;
/** Every so many lines of `checkout` a payment is declined; the first time after the history is lines away. */
const declinedEvery = 487;
/** A runtime cuts lines here. */
const partLength = 16_384;

/** Writes the history of the hour before `end`, in nanoseconds since 1970. */
export async function writeHistory(tree: LogTree, { end }: { readonly end: bigint }): Promise<SampleHistory> {
  const shop = { namespace: "shop", pod: "checkout-7d9f8c6b5d-x2k4q" };
  const logs: SampleLogs = {
    checkout: await tree.addCri({ ...shop, container: "checkout" }),
    proxy: await tree.addCri({ ...shop, container: "proxy" }),
    web: await tree.addDocker({ namespace: "shop", pod: "web-0", container: "nginx" }),
    invoices: await tree.addCri({ namespace: "billing", pod: "invoices-6c5b4d7f98-m8n2p", container: "invoices" }),
    dns: await tree.addCri({ namespace: "kube-system", pod: "coredns-66bc5c9577-lv9tz", container: "coredns" }),
  };
  const history = {} as Record<LogName, readonly LogLine[]>;
  for (const name of names) history[name] = spread(kinds[name].lines, kinds[name].textOf, end);
  const { invoices } = history;
  const before = invoices.at(-4)?.time ?? end;
  const after = invoices.at(-1)?.time ?? end;
  history.invoices = [...invoices.slice(0, -3), ...inParts(longText(), before + 1n), ...invoices.slice(-3)];
  for (const name of names) await logs[name].append(history[name]);
  return {
    logs,
    writings: names.map((name) => ({
      log: logs[name],
      textOf: (tick) => kinds[name].textOf(kinds[name].lines + tick),
    })),
    lines: names.reduce((sum, name) => sum + history[name].length, 0),
    declined: history.checkout.filter(({ text }) => /declined/i.test(text)).length,
    invoicesRange: { from: before, to: after - 1n },
  };
}

/** Lines at times that are spread over the hour before `end`, with fractions of any length. */
function spread(count: number, textOf: (index: number) => string, end: bigint): LogLine[] {
  const step = hour / BigInt(count);
  return Array.from({ length: count }, (_, index) => {
    const wobble = BigInt((index * 7_919) % 1_000) * (step / 2_000n) + BigInt((index * 104_729) % 997);
    const time = end - hour + BigInt(index) * step + wobble;
    return { text: textOf(index), time, stream: index % 61 === 60 ? "stderr" : "stdout" };
  });
}

/** A long line as a runtime cuts it: every part but the last says that more follows, and has a later time. */
function inParts(text: string, time: bigint): LogLine[] {
  const count = Math.ceil(text.length / partLength);
  return Array.from({ length: count }, (_, index) => ({
    text: text.slice(index * partLength, (index + 1) * partLength),
    time: time + BigInt(index) * 1_000n,
    partial: index < count - 1,
  }));
}

function checkoutText(index: number): string {
  const order = `order=${100_000 + index}`;
  if (index % declinedEvery === declinedEvery - 1) {
    const code = ["insufficient_funds", "card_expired", "do_not_honor"][index % 3];
    return index % 2 === 0
      ? `ERROR payment declined ${order} code=${code}`
      : `ERROR Payment \x1b[31mdeclined\x1b[0m ${order} code=${code}`;
  }
  if (index % 97 === 0) return `WARN  slow call to inventory ${order} took=${800 + index % 900}ms`;
  return index % 3 === 0
    ? `INFO  payment accepted ${order} amount=${(index * 37) % 400}.${index % 90 + 10}`
    : `INFO  ${index % 3 === 1 ? "cart loaded" : "order placed"} ${order} took=${index % 48 + 2}ms`;
}

function proxyText(index: number): string {
  const status = index % 41 === 40 ? 503 : 200;
  return `{"method":"POST","path":"/checkout/${index}","status":${status},"ms":${index % 70 + 1}}`;
}

function webText(index: number): string {
  const path = ["/", "/cart", "/products?q=<shoes>&page=2", "/static/app.js"][index % 4];
  return `10.42.0.${index % 250 + 1} "GET ${path} HTTP/1.1" ${index % 29 === 28 ? 404 : 200} ${index * 13 % 9_000}`;
}

function invoiceText(index: number): string {
  const customers = ["Zoë Åström", "山田花子", "Łukasz Żak", "Ελένη Παππά", "محمد علي", "João 🚀"];
  return `invoice ${7_000 + index} sent to ${customers[index % customers.length]} ✓`;
}

/** Three parts. */
function longText(): string {
  const items = Array.from({ length: 1_400 }, (_, index) => `{"sku":"A-${index}","quantity":${index % 5 + 1}}`);
  return `invoice 7236 as JSON: [${items.join(",")}]`;
}

function dnsText(index: number): string {
  const level = index % 23 === 22 ? "\x1b[33mWARNING\x1b[0m" : "\x1b[32mINFO\x1b[0m";
  return `[${level}] 10.42.0.${index % 250 + 1}:${40_000 + index} "A IN db-${
    index % 9
  }.shop.svc.cluster.local." NOERROR`;
}
