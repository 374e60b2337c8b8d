/**
 * `cluster-agent check`: what the agent needs, checked without serving anything.
 *
 * @module
 */
import { checkRuntimeOptions } from "../../lifecycle/runtime_options.ts";
import { writeWhole } from "../../telemetry/write_whole.ts";
import { checkAddresses } from "./address_steps.ts";
import { checkCertificates } from "./certificate_steps.ts";
import type { CheckCommand } from "./check_flags.ts";
import { checkLogs } from "./logs_step.ts";
import { type Finding, Report } from "./report.ts";
import { checkServer } from "./server_steps.ts";
import { checkSettings } from "./settings_step.ts";

/** What is taken from the process. */
export interface CheckOptions {
  /** Prints. @default {to standard output} */
  readonly write?: (text: string) => void;
  /** Reads the environment. @default {Deno.env.get} */
  readonly env?: (name: string) => string | undefined;
  /** Milliseconds since 1970. @default {Date.now} */
  readonly now?: () => number;
  /** Milliseconds of one request to the API server. @default {10_000} */
  readonly requestLimitMs?: number;
}

/** The widest name of a check. */
const NAME_WIDTH = 20;

/** Checks, and prints; resolves to the exit code. */
export async function check(command: CheckCommand, options: CheckOptions = {}): Promise<number> {
  const { isJson, isStrict } = command;
  const { write = print } = options;
  const report = new Report((finding) => {
    if (!isJson) write(`${lineOf(finding)}\n`);
  });
  await runSteps(report, command, options);
  const { findings, result } = report;
  if (isJson) write(`${JSON.stringify({ result, checks: findings.map(jsonOf) })}\n`);
  return result === "fail" || (isStrict && result === "warn") ? 1 : 0;
}

/** Prints; quietly where nobody reads any more, since the exit code still counts. */
function print(text: string): void {
  try {
    writeWhole(text);
  } catch (error) {
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
}

async function runSteps(report: Report, command: CheckCommand, options: CheckOptions): Promise<void> {
  const { config, params, addr, serverName } = command;
  const { env = (name) => Deno.env.get(name), now = Date.now, requestLimitMs } = options;
  const isRunnable = await report.step({
    check: "environment",
    limitMs: 1_000,
    run: () => {
      checkRuntimeOptions({ env });
      return "runnable";
    },
  });
  // The agent would not start; and the checks that follow would have the runtime tell the agent's token.
  if (isRunnable === undefined) return;
  const settings = await checkSettings(report, config, { overrides: params, addr, env });
  if (settings === undefined) return;
  await checkCertificates(report, settings.tls, { serverName, nowMs: now() });
  await checkLogs(report, settings);
  await report.step({
    check: "node name",
    limitMs: 1_000,
    run: ({ note }) => {
      const name = env("NODE_NAME");
      if (name === undefined) note("warn", "NODE_NAME is not set: lists have no name of the node");
      else note("ok", name, { name });
    },
  });
  await checkServer(report, settings, {
    env,
    now,
    ...(requestLimitMs === undefined ? {} : { limitMs: requestLimitMs }),
  });
  await checkAddresses(report, settings);
}

function lineOf({ check, result, message }: Finding): string {
  return `${result.padEnd(4)}  ${check.padEnd(NAME_WIDTH)}  ${message}`;
}

function jsonOf({ check, result, message, details }: Finding): unknown {
  return { check, result, message, ...details };
}
