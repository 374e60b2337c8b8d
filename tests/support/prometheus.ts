/**
 * A real Prometheus in a process of its own, with its data in a folder that goes away.
 *
 * @module
 */
import { eventually } from "./eventually.ts";
import { lastingPort } from "./lasting_port.ts";

/** What is scraped. */
export interface ScrapeTarget {
  /** Its job. */
  readonly job: string;
  /** Host and port. */
  readonly address: string;
  /** Labels beside `job` and `instance`. @default {{}} */
  readonly labels?: Readonly<Record<string, string>>;
}

/** How it is started. */
export interface PrometheusOptions {
  /** What it scrapes each second. */
  readonly targets: readonly ScrapeTarget[];
  /** Files of rules, which it evaluates each second. @default {[]} */
  readonly ruleFiles?: readonly string[];
  /** The program. @default {"prometheus"} */
  readonly path?: string;
}

/** One series at one time. */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** One series over a time: seconds since 1970, and values. */
export interface Series {
  readonly labels: Readonly<Record<string, string>>;
  readonly points: readonly (readonly [number, number])[];
}

/** A rule, as Prometheus has it after it has evaluated it. */
export interface EvaluatedRule {
  readonly name: string;
  /** `ok`, `err` or `unknown`. */
  readonly health: string;
  readonly lastError?: string;
  /** Of an alert: `inactive`, `pending` or `firing`. */
  readonly state?: string;
}

/** A running Prometheus. */
export interface Prometheus extends AsyncDisposable {
  /** The series that an expression gives now; throws what Prometheus says of one that it cannot evaluate. */
  query(expression: string): Promise<readonly Sample[]>;
  /** The series that an expression gives over a time, in seconds since 1970. */
  range(expression: string, span: { from: number; to: number; step: number }): Promise<readonly Series[]>;
  /** All rules. */
  rules(): Promise<readonly EvaluatedRule[]>;
}

/** Starts one; resolves when it answers. */
export async function startPrometheus({ targets, ruleFiles = [], path = "prometheus" }: PrometheusOptions): Promise<
  Prometheus
> {
  const folder = await Deno.makeTempDir({ prefix: "prometheus-" });
  await Deno.writeTextFile(
    `${folder}/prometheus.yml`,
    JSON.stringify({
      global: { scrape_interval: "1s", evaluation_interval: "1s" },
      rule_files: ruleFiles,
      scrape_configs: [...new Set(targets.map(({ job }) => job))].map((job) => ({
        job_name: job,
        static_configs: targets.filter((it) => it.job === job)
          .map(({ address, labels = {} }) => ({ targets: [address], labels })),
      })),
    }),
  );
  const port = await lastingPort();
  const child = new Deno.Command(path, {
    args: [
      `--config.file=${folder}/prometheus.yml`,
      `--storage.tsdb.path=${folder}/data`,
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();

  async function ask<Answer>(what: string, parameters: Readonly<Record<string, string>> = {}): Promise<Answer> {
    const response = await fetch(`http://127.0.0.1:${port}/api/v1/${what}?${new URLSearchParams(parameters)}`);
    const { status, error, data } = await response.json();
    if (status !== "success") throw new Error(`Cannot ask Prometheus for ${JSON.stringify(parameters)}: ${error}`);
    return data;
  }

  const query: Prometheus["query"] = async (expression) => {
    const { result } = await ask<{ result: { metric: Record<string, string>; value: [number, string] }[] }>(
      "query",
      { query: expression },
    );
    return result.map(({ metric: { __name__: name = "", ...labels }, value }) => ({
      name,
      labels,
      value: Number(value[1]),
    }));
  };
  await eventually("Prometheus answers", async () => {
    try {
      await query("up");
      return Boolean(1);
    } catch {
      // It does not listen yet, or is not ready.
      return Boolean(0);
    }
  }, { pauseMs: 100 });
  return {
    query,
    range: async (expression, { from, to, step }) => {
      const { result } = await ask<{ result: { metric: Record<string, string>; values: [number, string][] }[] }>(
        "query_range",
        { query: expression, start: `${from}`, end: `${to}`, step: `${step}` },
      );
      return result.map(({ metric, values }) => ({
        labels: metric,
        points: values.map(([at, value]) => [at, Number(value)] as const),
      }));
    },
    rules: async () => {
      const { groups } = await ask<{ groups: { rules: EvaluatedRule[] }[] }>("rules");
      return groups.flatMap(({ rules }) => rules);
    },
    [Symbol.asyncDispose]: async () => {
      child.kill("SIGTERM");
      await child.status;
      await Deno.remove(folder, { recursive: true });
    },
  };
}
