import { createFileRegistry, type DescField, type DescMessage, fromJson, type JsonObject } from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema, file_google_protobuf_wrappers } from "@bufbuild/protobuf/wkt";

/** A field of a test schema: number, type as in a proto file, and what stands before it. */
export interface FieldSpec {
  readonly number: number;
  /** A scalar type, or the full name of a message or enum. */
  readonly type: string;
  readonly label?: "repeated" | "optional";
  /** The name of its oneof. */
  readonly oneof?: string;
  /** Makes it a map from this type. */
  readonly mapKey?: string;
}

export type FieldSpecs = Readonly<Record<string, FieldSpec | readonly [number, string]>>;

const scalars = /^(double|float|u?int(32|64)|s(int|fixed)(32|64)|fixed(32|64)|bool|string|bytes)$/;

/**
 * Describes messages of a proto3 file without generated code. Message names are relative to the package `m3test`, where
 * the enum `Rank` is too.
 */
export function compileMessages(messages: Readonly<Record<string, FieldSpecs>>): (name: string) => DescMessage {
  const proto = fromJson(FileDescriptorProtoSchema, {
    name: "m3test/db.proto",
    package: "m3test",
    syntax: "proto3",
    dependency: ["google/protobuf/wrappers.proto"],
    enumType: [{ name: "Rank", value: ["RANK_NONE", "RANK_GOLD"].map((name, number) => ({ name, number })) }],
    messageType: Object.entries(messages).map(([name, fields]) => messageProto(name, fields)),
  });
  const registry = createFileRegistry(proto, () => file_google_protobuf_wrappers);
  return (name) => {
    const message = registry.getMessage(`m3test.${name}`);
    if (message === undefined) throw new Error(`there is no message ${name}`);
    return message;
  };
}

/** The field of a message by its name in the proto file. */
export function fieldOf(schema: DescMessage, name: string): DescField {
  const field = schema.fields.find((candidate) => candidate.name === name);
  if (field === undefined) throw new Error(`${schema.typeName} has no field ${name}`);
  return field;
}

function messageProto(name: string, specs: FieldSpecs): JsonObject {
  const fields = Object.entries(specs).map(([field, spec]) => ({ field, spec: normalize(spec) }));
  const groups = [...new Set(fields.flatMap(({ spec }) => spec.oneof ?? []))];
  const synthetic = fields.filter(({ spec }) => spec.label === "optional").map(({ field }) => `_${field}`);
  const oneofNames = [...groups, ...synthetic];
  return {
    name,
    oneofDecl: oneofNames.map((oneof) => ({ name: oneof })),
    nestedType: fields.flatMap(({ field, spec }) => (spec.mapKey === undefined ? [] : [entryProto(field, spec)])),
    field: fields.map(({ field, spec }) => {
      const oneof = spec.oneof ?? (spec.label === "optional" ? `_${field}` : undefined);
      return {
        name: field,
        number: spec.number,
        label: spec.label === "repeated" || spec.mapKey !== undefined ? "LABEL_REPEATED" : "LABEL_OPTIONAL",
        ...typeJson(spec.mapKey === undefined ? spec.type : `${name}.${entryName(field)}`),
        ...(oneof !== undefined && { oneofIndex: oneofNames.indexOf(oneof) }),
        ...(spec.label === "optional" && { proto3Optional: true }),
      };
    }),
  };
}

function entryProto(field: string, { mapKey = "string", type }: FieldSpec): JsonObject {
  const entry = messageProto(entryName(field), { key: [1, mapKey], value: [2, type] });
  return { ...entry, options: { mapEntry: true } };
}

function entryName(field: string): string {
  return `${field.replace(/(^|_)([a-z])/g, (_match, _start, letter: string) => letter.toUpperCase())}Entry`;
}

function typeJson(type: string): JsonObject {
  if (scalars.test(type)) return { type: `TYPE_${type.toUpperCase()}` };
  const typeName = type.includes("google.") ? `.${type}` : `.m3test.${type}`;
  return { type: type === "Rank" ? "TYPE_ENUM" : "TYPE_MESSAGE", typeName };
}

function normalize(spec: FieldSpec | readonly [number, string]): FieldSpec {
  return "type" in spec ? spec : { number: spec[0], type: spec[1] };
}
