import { create, type DescMessage, type MessageInitShape } from "@bufbuild/protobuf";
import { describe, expect, test } from "vitest";
import { compileFile } from "../../test/support/descriptors.ts";
import { readRouteKey } from "./route-key.ts";

const scalars = ["string", "int32", "int64", "uint32", "uint64", "sint32", "fixed64", "bool", "bytes", "double"];

function compileRequest(): DescMessage {
  const optional = { label: "LABEL_OPTIONAL" };
  const [message] = compileFile({
    name: "m3test/key.proto",
    package: "m3test",
    enumType: [{ name: "Color", value: [{ name: "RED", number: 0 }] }],
    messageType: [
      {
        name: "Req",
        oneofDecl: [{ name: "who" }, { name: "_maybe" }],
        nestedType: [
          {
            name: "MapEntry",
            options: { mapEntry: true },
            field: [
              { name: "key", number: 1, type: "TYPE_STRING", ...optional },
              { name: "value", number: 2, type: "TYPE_STRING", ...optional },
            ],
          },
        ],
        field: [
          ...scalars.map((type, index) => ({
            name: `f_${type}`,
            number: index + 1,
            type: `TYPE_${type.toUpperCase()}`,
            ...optional,
          })),
          { name: "role_id", number: 20, type: "TYPE_INT64", oneofIndex: 0, ...optional },
          { name: "open_id", number: 21, type: "TYPE_STRING", oneofIndex: 0, ...optional },
          { name: "maybe", number: 22, type: "TYPE_INT32", oneofIndex: 1, proto3Optional: true, ...optional },
          { name: "many", number: 23, type: "TYPE_STRING", label: "LABEL_REPEATED" },
          {
            name: "table",
            number: 24,
            type: "TYPE_MESSAGE",
            typeName: ".m3test.Req.MapEntry",
            label: "LABEL_REPEATED",
          },
          { name: "color", number: 25, type: "TYPE_ENUM", typeName: ".m3test.Color", ...optional },
          { name: "self", number: 26, type: "TYPE_MESSAGE", typeName: ".m3test.Req", ...optional },
        ],
      },
    ],
  }).messages;
  if (message === undefined) throw new Error("the file has no message");
  return message;
}

const request = compileRequest();

function keyOf(field: string, init: MessageInitShape<DescMessage>): string | undefined {
  const problems: string[] = [];
  const key = readRouteKey(request, field, problems);
  expect(problems).toEqual([]);
  return key?.read(create(request, init));
}

describe("the key of a request", () => {
  test.each([
    ["f_string", { fString: "club-7" }, "club-7"],
    ["f_int32", { fInt32: -7 }, "-7"],
    ["f_uint32", { fUint32: 4294967295 }, "4294967295"],
    ["f_int64", { fInt64: -9007199254740993n }, "-9007199254740993"],
    ["f_uint64", { fUint64: 18446744073709551615n }, "18446744073709551615"],
    ["role_id", { who: { case: "roleId", value: 12n } }, "12"],
    ["open_id", { who: { case: "openId", value: "June" } }, "June"],
    ["maybe", { maybe: 3 }, "3"],
    ["maybe", { maybe: 0 }, "0"],
  ])("%s of %o is %j", (field, init, expected) => {
    expect(keyOf(field, init)).toBe(expected);
  });

  test.each([
    ["f_string", {}],
    ["role_id", {}],
    ["role_id", { who: { case: "openId", value: "June" } }],
    ["maybe", {}],
  ])("%s of %o is empty: it is not set", (field, init) => {
    expect(keyOf(field, init)).toBe("");
  });

  test("a number that can't be unset is a key when it is 0", () => {
    expect([keyOf("f_int32", {}), keyOf("f_int64", {})]).toEqual(["0", "0"]);
  });
});

describe("a field that can be no key", () => {
  test.each([
    ["f_sint32", "a sint32"],
    ["f_fixed64", "a fixed64"],
    ["f_bool", "a bool"],
    ["f_bytes", "a bytes"],
    ["f_double", "a double"],
    ["many", "a list"],
    ["table", "a map"],
    ["color", "the enum m3test.Color"],
    ["self", "the message m3test.Req"],
  ])("%s is refused: it is %s", (field, kind) => {
    const problems: string[] = [];
    expect(readRouteKey(request, field, problems)).toBeUndefined();
    expect(problems).toEqual([
      `m3test/key.proto: message m3test.Req: field ${field}: a route_key is a string, int32, int64, uint32 or uint64, not ${kind}; choose another field`,
    ]);
  });

  test("one that does not exist is refused with those that do", () => {
    const problems: string[] = [];
    expect(readRouteKey(request, "fString", problems)).toBeUndefined();
    expect(problems[0]).toMatch(
      /^m3test\/key\.proto: message m3test\.Req: route_key "fString" is no field of it; its fields are: f_string, /,
    );
  });
});
