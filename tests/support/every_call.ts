/**
 * Every call that the agent answers, made once or in each of its forms, with the answers looked at.
 *
 * @module
 */

import assert from "#assert";
import type { ContainerLog } from "../fakes/log_tree.ts";
import { services } from "../../src/rpc/descriptor.ts";
import type { LogRecord } from "../../src/rpc/messages.ts";
import type { GrpcClient, StreamAnswer } from "./grpc_client.ts";
import { recordsRequest } from "./records_request.ts";

/** Lines that {@linkcode readEveryWay} expects in a log. */
export const LINES: readonly string[] = ["one", "two", "three"];

/** What to ask of a log. */
export interface Query {
  /** The log. */
  readonly log: ContainerLog;
  /** On behalf of whom. */
  readonly user: string;
  /** @default "" */
  readonly grep?: string;
  /** @default "NOOP" */
  readonly followFrom?: "NOOP" | "DEFAULT" | "END";
}

/** Lists the logs of a namespace. */
export async function list(
  client: GrpcClient,
  { user, namespace }: { readonly user: string; readonly namespace: string },
): Promise<{ readonly code: string; readonly pods: readonly string[] }> {
  const { code, response } = await client.unary(services.logMetadata.List, { namespaces: [namespace] }, as(user));
  return { code, pods: response?.items.map(({ spec }) => spec?.pod_name ?? "").sort() ?? [] };
}

/** Watches the logs of all namespaces, until the server has answered. */
export async function watchBriefly(client: GrpcClient, user: string): Promise<void> {
  const watch = client.stream(services.logMetadata.Watch, { namespaces: [] }, as(user));
  await watch.headers;
  assert.equal(await cancelled(watch), "CANCELLED");
}

/** Reads records from the front. */
export function forward(client: GrpcClient, query: Query): StreamAnswer<LogRecord> {
  return client.stream(services.logRecords.StreamForward, recordsRequest(query.log, query), as(query.user));
}

/** Reads records from the back. */
export function backward(client: GrpcClient, query: Query): StreamAnswer<LogRecord> {
  return client.stream(services.logRecords.StreamBackward, recordsRequest(query.log, query), as(query.user));
}

/**
 * Reads a log of {@linkcode LINES} in both directions, searches in it, and follows it until the server has answered.
 */
export async function readEveryWay(client: GrpcClient, query: Query): Promise<void> {
  assert.deepEqual(await messagesOf(forward(client, query)), LINES);
  assert.deepEqual(await messagesOf(backward(client, query)), LINES.toReversed());
  assert.deepEqual(await messagesOf(forward(client, { ...query, grep: "(?i)TWO|three$" })), ["two", "three"]);
  const followed = forward(client, { ...query, followFrom: "DEFAULT" });
  assert.equal((await followed.next())?.message, "one");
  assert.equal(await cancelled(followed), "CANCELLED");
  const awaited = forward(client, { ...query, followFrom: "END" });
  await awaited.headers;
  assert.equal(await cancelled(awaited), "CANCELLED");
}

/** Asks how the agent is, and waits for the first answer of a watch on that. */
export async function askForHealth(client: GrpcClient): Promise<void> {
  const { response } = await client.unary(services.health.Check, { service: "" });
  assert.equal(response?.status, "SERVING");
  const watch = client.stream(services.health.Watch, { service: "" });
  assert.equal((await watch.next())?.status, "SERVING");
  assert.equal(await cancelled(watch), "CANCELLED");
}

/** Asks what services there are. */
export async function askForServices(client: GrpcClient): Promise<readonly string[]> {
  const reflection = client.converse(services.reflection.ServerReflectionInfo);
  reflection.say({ host: "", list_services: "" });
  const answer = await reflection.next();
  reflection.finish();
  reflection.discard();
  await reflection.ending;
  return answer?.list_services_response?.service.map(({ name }) => name) ?? [];
}

async function messagesOf(records: StreamAnswer<LogRecord>): Promise<readonly string[]> {
  const messages = (await Array.fromAsync(records)).map(({ message }) => message);
  assert.deepEqual(await records.ending, { code: "OK", details: "OK" });
  return messages;
}

async function cancelled(answer: StreamAnswer<unknown>): Promise<string> {
  answer.cancel();
  answer.discard();
  return (await answer.ending).code;
}

function as(user: string): { readonly metadata: readonly (readonly [string, string])[] } {
  return { metadata: [["x-remote-user", user]] };
}
