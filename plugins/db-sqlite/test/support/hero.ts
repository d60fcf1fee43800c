import { create, createFileRegistry, type DescField, type Message } from "@bufbuild/protobuf";
import {
  FieldDescriptorProto_Label,
  FieldDescriptorProto_Type,
  FileDescriptorProtoSchema,
} from "@bufbuild/protobuf/wkt";
import type { DbTable, DbWrite } from "m3game";

const { INT64, STRING, BYTES, INT32, DOUBLE } = FieldDescriptorProto_Type;
const types = { id: INT64, name: STRING, data: BYTES, level: INT32, score: DOUBLE };

const file = create(FileDescriptorProtoSchema, {
  name: "hero.proto",
  package: "m3test",
  syntax: "proto3",
  messageType: [
    {
      name: "Part",
      field: [{ name: "text", number: 1, type: STRING, label: FieldDescriptorProto_Label.OPTIONAL }],
    },
    {
      name: "Hero",
      field: [
        ...Object.entries(types).map(([name, type], index) => {
          return { name, number: index + 1, type, label: FieldDescriptorProto_Label.OPTIONAL };
        }),
        {
          name: "part",
          number: 9,
          type: FieldDescriptorProto_Type.MESSAGE,
          typeName: ".m3test.Part",
          label: FieldDescriptorProto_Label.OPTIONAL,
        },
      ],
    },
  ],
});

const found = createFileRegistry(file, () => undefined).getMessage("m3test.Hero");
if (found === undefined) throw new Error("the descriptor has no Hero");
const schema = found;

function heroField(name: string): DescField {
  const field = schema.fields.find((candidate) => candidate.name === name);
  if (field === undefined) throw new Error(`Hero has no field ${name}`);
  return field;
}

export const heroes: DbTable = {
  name: "hero",
  schema,
  key: heroField("id"),
  indexed: [heroField("level")],
};

export const hero = (fields: Record<string, unknown>): Message => create(schema, fields);

export function createHero(key: bigint, fields: Record<string, unknown>): DbWrite {
  return { kind: "create", table: heroes, key, message: hero(fields) };
}

export function updateHero(key: bigint, version: bigint, fields: Record<string, unknown>): DbWrite {
  const names = Object.keys(fields).map(heroField);
  return { kind: "update", table: heroes, key, version, message: hero(fields), fields: names };
}
