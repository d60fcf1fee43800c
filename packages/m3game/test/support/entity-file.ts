import type { DescEnum, DescFile, DescMessage, JsonObject } from "@bufbuild/protobuf";
import { compileFile } from "./descriptors.ts";

export interface FieldSpec {
  readonly number: number;
  /** A scalar type, or the name of a message of the same file. */
  readonly type: string;
  readonly label?: "repeated" | "optional";
  /** The name of its oneof. */
  readonly oneof?: string;
  /** Makes it a map from this type. */
  readonly mapKey?: string;
  readonly flag?: string;
  readonly primary?: boolean;
  readonly wflag?: string;
  readonly bflag?: string;
}

export interface EntityFile {
  readonly file: DescFile;
  message(name: string): DescMessage;
  enum(name: string): DescEnum;
}

const scalars = /^(double|float|u?int(32|64)|s(int|fixed)(32|64)|fixed(32|64)|bool|string|bytes)$/;

/** Compiles a proto3 file `m3test/hero.proto` of messages and enums; a name `A.B` in `enums` is a value of enum A. */
export function compileEntityFile(
  messages: Readonly<Record<string, Readonly<Record<string, FieldSpec>>>>,
  enums: Readonly<Record<string, Readonly<Record<string, number>>>>,
): EntityFile {
  const file = compileFile({
    name: "m3test/hero.proto",
    package: "m3test",
    enumType: Object.entries(enums).map(([name, values]) => ({
      name,
      value: Object.entries(values).map(([value, number]) => ({ name: value, number })),
    })),
    messageType: Object.entries(messages).map(([name, fields]) => messageJson(name, fields)),
  });
  const find = <T extends { readonly name: string }>(list: readonly T[], name: string): T => {
    const found = list.find((item) => item.name === name);
    if (found === undefined) throw new Error(`there is no ${name}`);
    return found;
  };
  return { file, message: (name) => find(file.messages, name), enum: (name) => find(file.enums, name) };
}

function messageJson(name: string, specs: Readonly<Record<string, FieldSpec>>): JsonObject {
  const fields = Object.entries(specs);
  const groups = [...new Set(fields.flatMap(([, spec]) => spec.oneof ?? []))];
  const optional = fields.filter(([, spec]) => spec.label === "optional").map(([field]) => `_${field}`);
  const oneofs = [...groups, ...optional];
  return {
    name,
    oneofDecl: oneofs.map((oneof) => ({ name: oneof })),
    nestedType: fields.flatMap(([field, spec]) => (spec.mapKey === undefined ? [] : [entryJson(field, spec)])),
    field: fields.map(([field, spec]) => {
      const oneof = spec.oneof ?? (spec.label === "optional" ? `_${field}` : undefined);
      const { flag, primary, wflag, bflag } = spec;
      const isRepeated = spec.label === "repeated" || spec.mapKey !== undefined;
      return {
        name: field,
        number: spec.number,
        label: isRepeated ? "LABEL_REPEATED" : "LABEL_OPTIONAL",
        ...typeJson(spec.mapKey === undefined ? spec.type : `${name}.${entryName(field)}`),
        ...(oneof !== undefined && { oneofIndex: oneofs.indexOf(oneof) }),
        ...(spec.label === "optional" && { proto3Optional: true }),
        options: {
          ...((flag ?? primary) !== undefined && {
            "[proto.dbfield_option]": { flag: flag ?? "", primary: primary ?? false },
          }),
          ...((wflag ?? bflag) !== undefined && {
            "[proto.viewfield_option]": { wflag: wflag ?? "", bflag: bflag ?? "" },
          }),
        },
      };
    }),
  };
}

function entryJson(field: string, { mapKey = "string", type }: FieldSpec): JsonObject {
  const entry = messageJson(entryName(field), { key: { number: 1, type: mapKey }, value: { number: 2, type } });
  return { ...entry, options: { mapEntry: true } };
}

function entryName(field: string): string {
  return `${field.charAt(0).toUpperCase()}${field.slice(1)}Entry`;
}

function typeJson(type: string): JsonObject {
  if (scalars.test(type)) return { type: `TYPE_${type.toUpperCase()}` };
  return { type: "TYPE_MESSAGE", typeName: `.m3test.${type}` };
}
