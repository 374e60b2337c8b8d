/**
 * What people type by habit, and what they type here: a table of the page about the terminal. A test runs each row on
 * the made-up node.
 *
 * @module
 */

/** A habit. */
export interface Habit {
  /** What is typed elsewhere. */
  readonly there: string;
  /** The words behind `cluster-agent`. */
  readonly here: string;
}

/** The habits. */
export const HABITS: readonly Habit[] = [
  { there: "rg -i declined FILE", here: "grep -i declined 'checkout-*'" },
  { there: "rg -F '(x)' FILE", here: "grep -F '(x)' 'checkout-*'" },
  { there: "rg -w req=1042 DIR", here: "grep -w req=1042 '*/*'" },
  { there: "rg -e ERROR -e panic", here: "grep -e ERROR -e panic 'checkout-*'" },
  { there: "rg -c ERROR", here: "grep -c ERROR 'checkout-*'" },
  { there: "rg -l ERROR", here: "grep -l ERROR '*/*'" },
  { there: "rg --files-without-match ERROR", here: "grep -L ERROR '*/*'" },
  { there: "rg -o 'took=\\d+'", here: "grep -o 'took=\\d+' 'checkout-*'" },
  { there: "rg -m 5 ERROR", here: "grep -m 5 ERROR 'checkout-*'" },
  { there: "rg -z ERROR 0.log*", here: "grep ERROR 'checkout-*'" },
  { there: "rg -C 2 panic", here: "grep -C 2 panic 'checkout-*'" },
  { there: "rg ERROR | rg -v slow", here: "grep ERROR --exclude slow 'checkout-*'" },
  { there: "zgrep -h ERROR 0.log.*.gz 0.log", here: "grep ERROR 'checkout-*'" },
  { there: "stern checkout -n shop -i ERROR --no-follow", here: "grep ERROR 'checkout-*' -n shop" },
  { there: "stern checkout -c api -e slow --no-follow", here: "grep '' 'checkout-*' --container api --exclude slow" },
  { there: "stern checkout --since 15m --no-follow", here: "grep '' 'checkout-*' --since 15m" },
  { there: "stern . -A -o json --no-follow", here: "grep --json '' '*/*'" },
  { there: "kubectl logs web-0 -n shop", here: "grep '' web-0 -n shop" },
  { there: "kubectl logs web-0 --tail 20", here: "grep --tail 20 '' web-0" },
  { there: "kubectl logs web-0 --since-time 2026-11-29T17:00:00Z", here: "grep --since 2026-11-29T17:00:00Z '' web-0" },
  { there: "kubectl logs web-0 -c nginx | grep 404", here: "grep 404 web-0 --container nginx" },
  { there: "kubectl logs web-0 --previous", here: "grep '' web-0" },
  { there: "kubectl logs -n shop -l app=checkout | sort", here: "grep '' 'checkout-*' -n shop --merge" },
  { there: "kubectl get pods -n shop", here: "list -n shop" },
];
