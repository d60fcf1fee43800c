import { create, createFileRegistry, type DescField } from "@bufbuild/protobuf";
import {
  FieldDescriptorProto_Label,
  FieldDescriptorProto_Type,
  FileDescriptorProtoSchema,
} from "@bufbuild/protobuf/wkt";
import { fieldKind } from "m3game/internal";
import { expect, test } from "vitest";
import { columnValues } from "./column-value.ts";
import type { SqlValue } from "./protocol.ts";

const file = create(FileDescriptorProtoSchema, {
  name: "test.proto",
  package: "m3test",
  syntax: "proto3",
  messageType: [
    {
      name: "Every",
      field: Object.entries(FieldDescriptorProto_Type)
        .filter(([, type]) => typeof type === "number" && ![10, 11, 14].includes(type))
        .map(([name, type]) => ({
          name: name.toLowerCase(),
          number: Number(type),
          type: Number(type),
          label: FieldDescriptorProto_Label.OPTIONAL,
        })),
    },
  ],
});
const schema = createFileRegistry(file, () => undefined).getMessage("m3test.Every");

function field(name: string): DescField {
  const found = schema?.fields.find((candidate) => candidate.name === name);
  if (found === undefined) throw new Error(`no field ${name}`);
  return found;
}

const encode = (name: string, value: unknown) => columnValues.encode(field(name), fieldKind(field(name)), value);
const decode = (name: string, value: SqlValue) => columnValues.decode(field(name), fieldKind(field(name)), value);

test("small numbers are stored as they are, so that they can be read with other tools", () => {
  expect(encode("uint64", 5n)).toBe(5n);
  expect(encode("fixed64", 2n ** 63n - 1n)).toBe(2n ** 63n - 1n);
  expect(encode("double", 1.5)).toBe(1.5);
  expect(encode("bool", true)).toBe(1);
});

test("integers from 2^63 on and NaN are 8 bytes, in their order", () => {
  const bytes = [2n ** 63n, 2n ** 63n + 1n, 2n ** 64n - 1n].map((value) => encode("uint64", value));
  expect(bytes).toEqual([
    Uint8Array.of(128, 0, 0, 0, 0, 0, 0, 0),
    Uint8Array.of(128, 0, 0, 0, 0, 0, 0, 1),
    new Uint8Array(8).fill(255),
  ]);
  expect(bytes.map((value) => decode("uint64", value))).toEqual([2n ** 63n, 2n ** 63n + 1n, 2n ** 64n - 1n]);
  expect(decode("double", encode("double", Number.NaN))).toBeNaN();
});

test.each([
  ["bool", 1],
  ["bool", undefined],
  ["int32", 2 ** 31],
  ["int32", 1n],
  ["uint32", -1],
  ["uint32", 2 ** 32],
  ["fixed32", 0.5],
  ["int64", 5],
  ["int64", -(2n ** 63n) - 1n],
  ["uint64", 2n ** 64n],
  ["double", "1"],
  ["string", "\ud800"],
  ["bytes", [1]],
])("%s can't be %s", (name, value) => {
  expect(() => encode(name, value)).toThrow(/is no value of field m3test.Every/);
});

test.each<[string, SqlValue]>([
  ["bool", 2n],
  ["bool", "yes"],
  ["int32", 2n ** 31n],
  ["uint32", -1n],
  ["int64", 1.5],
  ["uint64", -1n],
  ["uint64", new Uint8Array(7)],
  ["double", "1"],
  ["string", 5n],
  ["string", new Uint8Array(1)],
  ["bytes", "text"],
])("a column with %s does not hold %s", (name, value) => {
  expect(() => decode(name, value)).toThrow(/is no value of field m3test.Every/);
});
