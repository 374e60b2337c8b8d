/**
 * A constant of `node:http2` that grpc-js reads and Deno 2.9 lacks. Without it a call of another content type is
 * answered with status 200 and nothing else, where 415 is due (gRPC over HTTP/2, "Requests").
 *
 * @module
 */
import http2 from "node:http2";

const constants: { HTTP_STATUS_UNSUPPORTED_MEDIA_TYPE?: number } = http2.constants;
constants.HTTP_STATUS_UNSUPPORTED_MEDIA_TYPE ??= 415;
