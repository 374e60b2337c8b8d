/**
 * The one table from an error's class to the status that a caller gets.
 *
 * An error that has no line here becomes INTERNAL `internal error`: its text may name what is none of the caller's
 * business, so the cause is reported to the log and not sent.
 *
 * @module
 */

import { status as code } from "@grpc/grpc-js";
import {
  InvalidMetadataError,
  PermissionDeniedError,
  ReviewUnavailableError,
  UnauthenticatedError,
} from "../auth/errors.ts";
import { LogNotFoundError, LogReadError, TooManyFilesError } from "../logs/log_file.ts";
import { LogNameError } from "../logs/log_name.ts";
import { LogFolderError } from "../metadata/log_directory.ts";
import { PatternError } from "../search/syntax/pattern_error.ts";
import { StreamLimitError } from "./services/open_streams.ts";
import { StalledStreamError } from "./services/stalled_streams.ts";
import { RequestError } from "./services/record_request.ts";
import { RequestSizeError } from "./transport/request_limits.ts";
import { UnreadAnswersError } from "./transport/unread_answers.ts";
import {
  CallCancelledError,
  CallDeadlineError,
  ConnectionAgeError,
  HealthServiceUnknownError,
  ServerShutdownError,
} from "./call_errors.ts";

/** What a call ends with. */
export interface CallStatus {
  /** A gRPC status code. */
  readonly code: number;
  /** The text that goes with it. */
  readonly details: string;
}

/** Each class of error whose message is meant for the caller, with its status code. */
const CODES: readonly (readonly [new (...args: never[]) => Error, number])[] = [
  [ServerShutdownError, code.UNAVAILABLE],
  [ConnectionAgeError, code.UNAVAILABLE],
  [CallCancelledError, code.CANCELLED],
  [CallDeadlineError, code.DEADLINE_EXCEEDED],
  [HealthServiceUnknownError, code.NOT_FOUND],
  [UnauthenticatedError, code.UNAUTHENTICATED],
  [PermissionDeniedError, code.PERMISSION_DENIED],
  [InvalidMetadataError, code.INVALID_ARGUMENT],
  [ReviewUnavailableError, code.UNAVAILABLE],
  [LogNameError, code.INVALID_ARGUMENT],
  [RequestError, code.INVALID_ARGUMENT],
  [PatternError, code.INVALID_ARGUMENT],
  [LogFolderError, code.NOT_FOUND],
  [LogNotFoundError, code.NOT_FOUND],
  [LogReadError, code.DATA_LOSS],
  [TooManyFilesError, code.RESOURCE_EXHAUSTED],
  [RequestSizeError, code.RESOURCE_EXHAUSTED],
  [UnreadAnswersError, code.RESOURCE_EXHAUSTED],
  [StreamLimitError, code.RESOURCE_EXHAUSTED],
  [StalledStreamError, code.RESOURCE_EXHAUSTED],
];

/** The status for whatever a handler threw. */
export function statusOf(error: unknown): CallStatus {
  if (error instanceof Error) {
    const known = CODES.find(([errorClass]) => error instanceof errorClass);
    if (known !== undefined) return { code: known[1], details: error.message };
  }
  return { code: code.INTERNAL, details: "internal error" };
}
