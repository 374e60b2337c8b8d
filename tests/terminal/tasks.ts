/**
 * Thirty things that somebody who is on call wants to know of a node's logs, each with words for `cluster-agent`
 * and a command line of `rg`, `zgrep` and `jq`: the table of the page about the terminal. A test runs both.
 *
 * @module
 */
import { type Message, NODE_START } from "./made_node.ts";

/** A task. */
export interface Task {
  /** What is wanted. */
  readonly title: string;
  /** The words behind `cluster-agent`. */
  readonly here: string;
  /** What is typed without it, in a shell. */
  readonly other: string;
  /** The right answer: numbers of messages in any order, how many there are, or texts that have to be printed. */
  readonly answer: (messages: readonly Message[]) => readonly number[] | number | { readonly texts: readonly string[] };
}

const API = "shop/checkout-7d9f8c6b5d-x2k4q/api";
const PROXY = "shop/checkout-7d9f8c6b5d-x2k4q/proxy";
const NGINX = "shop/web-0/nginx";
const PODS = "/var/log/pods/shop_checkout-*";
const DOCKER = "/var/lib/docker/containers/*/*-json.log*";

type Choose = (message: Message) => boolean;

function reqs(choose: Choose): Task["answer"] {
  return (messages) => messages.filter(choose).map(({ text }) => Number(/req=(\d+)/.exec(text)?.[1]));
}

function count(choose: Choose): Task["answer"] {
  return (messages) => messages.filter(choose).length;
}

function within(from: string, to: string): Choose {
  const [start, end] = [from, to].map((time) => Date.parse(`2026-11-29T${time}Z`));
  return ({ ms }) => ms >= (start ?? NODE_START) && ms <= (end ?? Infinity);
}

const of = (log: string): Choose => (message) => message.of === log;
const says = (pattern: RegExp): Choose => ({ text }) => pattern.test(text);
const all = (...choices: readonly Choose[]): Choose => (message) => choices.every((choose) => choose(message));
const shop: Choose = (message) => message.of.startsWith("shop/");

/** The tasks. */
export const TASKS: readonly Task[] = [
  {
    title: "all declined payments of checkout, with history",
    here: "grep declined 'checkout-*' -n shop --container api",
    other: `zgrep -h declined ${PODS}/api/*`,
    answer: reqs(all(of(API), says(/declined/))),
  },
  {
    title: "how many of them",
    here: "grep -c declined 'checkout-*' -n shop",
    other: `zgrep -c declined ${PODS}/*/*`,
    answer: count(all(of(API), says(/declined/))),
  },
  {
    title: "the last five messages of a container",
    here: "grep --tail 5 '' 'checkout-*' -n shop --container api",
    other: `tail -n5 ${PODS}/api/0.log`,
    answer: (messages) => reqs(of(API))(messages.filter(of(API)).slice(-5)),
  },
  {
    title: "errors between 16:30 and 17:00",
    here: "grep ERROR 'checkout-*' -n shop --since 2026-11-29T16:30Z --until 2026-11-29T17:00Z",
    other: `zgrep -h ERROR ${PODS}/*/* | awk '$1>="2026-11-29T16:30" && $1<="2026-11-29T17:00"'`,
    answer: reqs(all(shop, says(/ERROR/), within("16:30:00", "17:00:00"), (message) => message.of !== NGINX)),
  },
  {
    title: "the same in Docker's log: requests that were not found",
    here: `grep '" 404 ' web-0 -n shop --since 2026-11-29T16:30Z`,
    other: `jq -r 'select(.time>="2026-11-29T16:30")|.log' ${DOCKER} | rg '" 404 '`,
    answer: reqs(all(of(NGINX), says(/" 404 /), within("16:30:00", "23:00:00"))),
  },
  {
    title: "a request with its quotes, as Docker's container wrote it",
    here: `grep '"GET /cart?q=<a&b>' -F web-0 -n shop -c`,
    other: `rg -cF '"GET /cart?q=<a&b>' ${DOCKER}`,
    answer: count(all(of(NGINX), says(/"GET \/cart\?q=<a&b>/))),
  },
  {
    title: "a word that stands where a part of a long message begins",
    here: "grep -c --join tail-of-dump 'checkout-*' -n shop",
    other: `zgrep -c tail-of-dump ${PODS}/*/*`,
    answer: count(all(of(API), says(/tail-of-dump/))),
  },
  {
    title: "messages that mention stdout, not those written to it",
    here: "grep -c stdout -n shop 'checkout-*'",
    other: `zgrep -c stdout ${PODS}/*/*`,
    answer: count(all(shop, says(/stdout/), (message) => message.of !== NGINX)),
  },
  {
    title: "messages that begin with panic",
    here: "grep ^panic 'checkout-*' -n shop",
    other: `zgrep -h ' panic' ${PODS}/*/*`,
    answer: reqs(all(of(API), says(/^panic/))),
  },
  {
    title: "messages that end in ms",
    here: "grep -c 'ms$' 'checkout-*' -n shop --container api",
    other: `zgrep -c 'ms$' ${PODS}/api/*`,
    answer: count(all(of(API), says(/ms$/))),
  },
  {
    title: "slow calls of any pod in the namespace",
    here: "grep 'slow call' -n shop",
    other: "zgrep -h 'slow call' /var/log/pods/shop_*/*/*",
    answer: reqs(all(shop, says(/slow call/))),
  },
  {
    title: "the same in all namespaces",
    here: "grep 'slow call' '*/*'",
    other: "zgrep -h 'slow call' /var/log/pods/*/*/*",
    answer: reqs(says(/slow call/)),
  },
  {
    title: "which pods have declined payments",
    here: "grep -l declined '*/*'",
    other: "zgrep -l declined /var/log/pods/*/*/*",
    answer: () => ({ texts: ["checkout-7d9f8c6b5d-x2k4q", "checkout-5c4b-zzzzz", "invoices-6c5b-m8n2p"] }),
  },
  {
    title: "how often, per pod",
    here: "grep -c declined '*/*'",
    other: "zgrep -c declined /var/log/pods/*/*/*",
    answer: count(says(/declined/)),
  },
  {
    title: "answers 503 of the proxy",
    here: `grep '"status":503' 'checkout-*' -n shop`,
    other: `zgrep -h '"status":503' ${PODS}/proxy/*`,
    answer: reqs(all(of(PROXY), says(/"status":503/))),
  },
  {
    title: "one request wherever it is",
    here: "grep -w req=1042 '*/*'",
    other: "zgrep -hw req=1042 /var/log/pods/*/*/*",
    answer: reqs(says(/req=1042\b/)),
  },
  {
    title: "errors or panics",
    here: "grep -e ERROR -e ^panic 'checkout-*' -n shop",
    other: `zgrep -hE 'ERROR| panic' ${PODS}/*/*`,
    answer: reqs(all(of(API), says(/ERROR|^panic/))),
  },
  {
    title: "warnings, but not of slow calls",
    here: "grep -c WARN --exclude slow 'checkout-*' -n shop",
    other: `zgrep -h WARN ${PODS}/*/* | rg -vc slow || echo 0`,
    answer: count(all(of(API), says(/^WARN(?!.*slow)/))),
  },
  {
    title: "whatever case it is written in",
    here: "grep -ic PAYMENT 'checkout-*' -n shop",
    other: `zgrep -ic PAYMENT ${PODS}/*/*`,
    answer: count(all(of(API), says(/payment/i))),
  },
  {
    title: "the first error of a container",
    here: "grep -m1 ERROR 'checkout-*' -n shop --container api",
    other: `zgrep -hm1 ERROR ${PODS}/api/*`,
    answer: (messages) => reqs(of(API))(messages.filter(all(of(API), says(/ERROR/))).slice(0, 1)),
  },
  {
    title: "the last error of a container",
    here: "grep --tail 1 ERROR 'checkout-*' -n shop --container api",
    other: `zgrep -h ERROR ${PODS}/api/* | tail -n1`,
    answer: (messages) => reqs(of(API))(messages.filter(all(of(API), says(/ERROR/))).slice(-1)),
  },
  {
    title: "only the codes of what was declined",
    here: `grep -o 'code="\\w+"' 'checkout-*' -n shop --container api -c`,
    other: `zgrep -ho 'code="[a-z_]*"' ${PODS}/api/* | wc -l`,
    answer: count(all(of(API), says(/code="/))),
  },
  {
    title: "everything in one minute, of the whole node",
    here: "grep '' '*/*' --since 2026-11-29T17:10Z --until 2026-11-29T17:10:59Z",
    other: "zgrep -h 2026-11-29T17:10: /var/log/pods/*/*/*",
    answer: reqs(within("17:10:00", "17:10:59")),
  },
  {
    title: "whether a text occurs at all",
    here: "grep -l 'no such thing' '*/*' | wc -l",
    other: "zgrep -l 'no such thing' /var/log/pods/*/*/* | wc -l",
    answer: () => 0,
  },
  {
    title: "a text with a dot and parentheses, literally",
    here: "grep -cF '0.0.3 \"GET' web-0 -n shop",
    other: `rg -cF '0.0.3 "GET' ${DOCKER}`,
    answer: count(all(of(NGINX), says(/0\.0\.3 "GET/))),
  },
  {
    title: "the logs of a pod, and how large they are",
    here: "list 'checkout-*' -n shop",
    other: `du -sh ${PODS}/*`,
    answer: () => ({ texts: ["api", "proxy"] }),
  },
  {
    title: "messages as JSON for the next program",
    here: "grep --json declined 'checkout-*' -n shop | jq -r .message",
    other: `zgrep -h declined ${PODS}/*/* | cut -d' ' -f4-`,
    answer: reqs(all(of(API), says(/declined/))),
  },
  {
    title: "the fields of messages that are JSON",
    here: "grep --json 503 'checkout-*' -n shop --container proxy | jq -r '.message|fromjson|.msg'",
    other: `zgrep -h 503 ${PODS}/proxy/* | cut -d' ' -f4- | jq -r .msg`,
    answer: reqs(all(of(PROXY), says(/503/))),
  },
  {
    title: "a container of the same name in another namespace",
    here: "grep declined 'shop-test/checkout-*'",
    other: "zgrep -h declined /var/log/pods/shop-test_checkout-*/*/*",
    answer: reqs(all((message) => message.of.startsWith("shop-test/"), says(/declined/))),
  },
  {
    title: "errors of the file that was rotated away, by hand",
    here: "grep ERROR /var/log/pods/shop_checkout-*/api/0.log.*.gz",
    other: "zgrep ERROR /var/log/pods/shop_checkout-*/api/0.log.*.gz",
    answer: reqs(all(of(API), says(/ERROR/), within("16:00:00", "16:39:59"))),
  },
];
