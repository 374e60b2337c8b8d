/**
 * One parsed .proto file as the FileDescriptorProto that server reflection hands out.
 *
 * Covers what this project's files use – proto3 messages, oneofs, enums and services – and throws on anything else
 * (maps, proto3 `optional`, groups, extensions, options), so that a new feature cannot get lost in silence.
 *
 * @module
 */

import protobuf from "protobufjs";
import descriptorMessages from "protobufjs/google/protobuf/descriptor.json" with { type: "json" };

const fileDescriptorProto = protobuf.Root.fromJSON(descriptorMessages).lookupType(
  "google.protobuf.FileDescriptorProto",
);

/** One file of the contract, ready for reflection. */
export interface DescribedFile {
  /** The name by which other files import it. */
  readonly name: string;
  /** The names of the files that it imports. */
  readonly dependencies: readonly string[];
  /** Every fully qualified name that it declares, sorted. */
  readonly symbols: readonly string[];
  /** The serialized FileDescriptorProto, base64. */
  readonly descriptor: string;
}

/** What identifies the file, beside its content. */
export interface DescribeOptions {
  /** The name by which other files import it. */
  readonly name: string;
  /** The names of the files that it imports. */
  readonly dependencies: readonly string[];
}

type Declared = Record<string, unknown>;

/** Describes what a package holds; the package must come from one file, and its root must be resolved. */
export function describeFile(pkg: protobuf.Namespace, options: DescribeOptions): DescribedFile {
  const { name, dependencies } = options;
  const declared = pkg.nestedArray.filter((member) => member.constructor !== protobuf.Namespace);
  const file = {
    name,
    package: bareName(pkg),
    dependency: dependencies,
    messageType: declared.filter((member) => member instanceof protobuf.Type).map(messageOf),
    enumType: declared.filter((member) => member instanceof protobuf.Enum).map(enumOf),
    service: declared.filter((member) => member instanceof protobuf.Service).map(serviceOf),
    syntax: "proto3",
  };
  if (file.messageType.length + file.enumType.length + file.service.length !== declared.length) {
    throw new TypeError(`Cannot describe "${name}": something in it is no message, enum or service`);
  }
  const bytes = fileDescriptorProto.encode(fileDescriptorProto.fromObject(file)).finish();
  return { name, dependencies, symbols: declared.flatMap(symbolsOf).sort(), descriptor: bytes.toBase64() };
}

function messageOf(type: protobuf.Type): Declared {
  const nested = type.nestedArray;
  return {
    name: type.name,
    field: type.fieldsArray.map((field) => fieldOf(field, type)),
    oneofDecl: type.oneofsArray.map((oneof) => ({ name: oneof.name })),
    nestedType: nested.filter((member) => member instanceof protobuf.Type).map(messageOf),
    enumType: nested.filter((member) => member instanceof protobuf.Enum).map(enumOf),
  };
}

function fieldOf(field: protobuf.Field, type: protobuf.Type): Declared {
  const plain = Object.keys(field.options ?? {}).length === 0;
  if (field.map || field.extend !== undefined || !plain) {
    throw new TypeError(`Cannot describe field "${bareName(field)}": only plain proto3 fields are covered`);
  }
  const { resolvedType, partOf } = field;
  return {
    name: field.name,
    number: field.id,
    label: field.repeated ? "LABEL_REPEATED" : "LABEL_OPTIONAL",
    type: resolvedType === null ? `TYPE_${field.type.toUpperCase()}` : typeKindOf(resolvedType),
    ...(resolvedType === null ? {} : { typeName: resolvedType.fullName }),
    ...(partOf === null ? {} : { oneofIndex: type.oneofsArray.indexOf(partOf) }),
    jsonName: field.name.replaceAll(/_(.)/g, (_, letter: string) => letter.toUpperCase()),
  };
}

function typeKindOf(type: protobuf.Type | protobuf.Enum): string {
  return type instanceof protobuf.Enum ? "TYPE_ENUM" : "TYPE_MESSAGE";
}

function enumOf(type: protobuf.Enum): Declared {
  return { name: type.name, value: Object.entries(type.values).map(([name, number]) => ({ name, number })) };
}

function serviceOf(service: protobuf.Service): Declared {
  return {
    name: service.name,
    method: service.methodsArray.map((method) => ({
      name: method.name,
      inputType: method.resolvedRequestType?.fullName,
      outputType: method.resolvedResponseType?.fullName,
      ...(method.requestStream === true ? { clientStreaming: true } : {}),
      ...(method.responseStream === true ? { serverStreaming: true } : {}),
    })),
  };
}

/** A declaration's own name and those within it; an enum's values stand beside the enum, as in C++. */
function symbolsOf(member: protobuf.ReflectionObject): string[] {
  const own = bareName(member);
  if (member instanceof protobuf.Type) {
    return [own, ...member.fieldsArray.map(bareName), ...member.oneofsArray.map(bareName)]
      .concat(member.nestedArray.flatMap(symbolsOf));
  }
  if (member instanceof protobuf.Enum) {
    const scope = member.parent === null ? "" : bareName(member.parent);
    return [own, ...Object.keys(member.values).map((value) => `${scope}.${value}`)];
  }
  return member instanceof protobuf.Service ? [own, ...member.methodsArray.map(bareName)] : [own];
}

function bareName(member: protobuf.ReflectionObject): string {
  return member.fullName.replace(/^\./, "");
}
