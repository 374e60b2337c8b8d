/**
 * `grpc.reflection.v1.ServerReflection`: the contract, for tools that have no .proto files.
 *
 * Everything is answered from the generated descriptor. A question without an answer is an error response, not the end
 * of the stream. The older `v1alpha` package is not served.
 *
 * `@grpc/reflection` 1.0.4 was tried. It runs on Deno and serves both versions, but makes the files anew from the
 * messages: `google/protobuf/timestamp.proto` becomes `google_protobuf.proto`, so that a tool that knows the first has
 * the type twice. It registers handlers of its own, without the limits and the end at shutdown of `exchange()`. With
 * google-protobuf it adds 298 kB to the bundle and 10 MiB to an idle process (65.7 beside 55.3 MiB).
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { status as code } from "@grpc/grpc-js";
import { type ProtoFile, services } from "../descriptor.ts";
import { exchange } from "../handler.ts";
import type { ReflectionRequest, ReflectionResponse } from "../messages.ts";
import type { AgentService } from "../service.ts";

/** The service's own full name. */
export const reflectionName = "grpc.reflection.v1.ServerReflection";

const MAX_SHOWN = 1_024;

/** What can be asked for. */
export interface ReflectionOptions {
  /** The files of the contract. */
  readonly files: readonly ProtoFile[];
  /** The full names of the services that are served. */
  readonly serviceNames: readonly string[];
}

type Answer = Omit<ReflectionResponse, "valid_host" | "original_request">;

/** Makes the service. */
export function createReflection({ files, serviceNames }: ReflectionOptions): AgentService {
  const byName = new Map(files.map((file) => [file.name, file]));
  const bySymbol = new Map(files.flatMap((file) => file.symbols.map((symbol) => [symbol, file])));

  const closure = (file: ProtoFile, seen = new Set<ProtoFile>()): Set<ProtoFile> => {
    if (seen.has(file)) return seen;
    seen.add(file);
    for (const name of file.dependencies) {
      const dependency = byName.get(name);
      if (dependency !== undefined) closure(dependency, seen);
    }
    return seen;
  };

  const fileAnswer = (file: ProtoFile | undefined, missing: string): Answer =>
    file === undefined ? notFound(missing) : {
      file_descriptor_response: {
        file_descriptor_proto: [...closure(file)].map(({ descriptor }) => Buffer.from(descriptor, "base64")),
      },
    };

  const answerTo = (request: ReflectionRequest): Answer => {
    switch (request.message_request) {
      case "file_by_filename": {
        const name = request.file_by_filename ?? "";
        return fileAnswer(byName.get(name), `file '${shown(name)}' not found`);
      }
      case "file_containing_symbol": {
        const symbol = request.file_containing_symbol ?? "";
        return fileAnswer(bySymbol.get(symbol.replace(/^\./, "")), `symbol '${shown(symbol)}' not found`);
      }
      case "file_containing_extension": {
        const { containing_type: type = "", extension_number: number = 0 } = request.file_containing_extension ?? {};
        return notFound(`extension ${number} of '${shown(type)}' not found`);
      }
      case "all_extension_numbers_of_type": {
        const type = request.all_extension_numbers_of_type ?? "";
        if (!bySymbol.has(type)) return notFound(`message '${shown(type)}' not found`);
        return { all_extension_numbers_response: { base_type_name: type, extension_number: [] } };
      }
      case "list_services":
        return { list_services_response: { service: serviceNames.map((name) => ({ name })) } };
      default:
        return { error_response: { error_code: code.INVALID_ARGUMENT, error_message: "no question that is known" } };
    }
  };

  return {
    methods: services.reflection,
    handlers: {
      ServerReflectionInfo: exchange<ReflectionRequest, ReflectionResponse>((request) => ({
        valid_host: request.host,
        original_request: request,
        ...answerTo(request),
      })),
    },
  };
}

/** What a caller wrote, as far as an error message has room for it. */
function shown(text: string): string {
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN).toWellFormed()}…` : text;
}

function notFound(message: string): Answer {
  return { error_response: { error_code: code.NOT_FOUND, error_message: message } };
}
