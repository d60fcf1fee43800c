import type { DescField } from "@bufbuild/protobuf";
import { describe, expect, test } from "vitest";
import { compileEntityFile } from "../../test/support/entity-file.ts";
import { canBeKey, toKey } from "./entity-key.ts";

function field(type: string): DescField {
  const [found] = compileEntityFile({ Row: { id: { number: 1, type } } }, {}).message("Row").fields;
  if (found === undefined) throw new Error("no field");
  return found;
}

describe("toKey", () => {
  test.each([
    ["string", "a/b", "a/b"],
    ["string", "", ""],
    ["string", "007", "007"],
    ["int32", "-5", -5],
    ["int32", 7n, 7],
    ["int32", "-2147483648", -(2 ** 31)],
    ["uint32", "4294967295", 2 ** 32 - 1],
    ["sint64", "0", 0n],
    ["int64", 12, 12n],
    ["int64", "9223372036854775807", 2n ** 63n - 1n],
    ["fixed64", "18446744073709551615", 2n ** 64n - 1n],
  ])("%s %o is %o", (type, given, key) => {
    expect(toKey(field(type), given)).toBe(key);
  });

  test.each([
    ["string", 5],
    ["int32", "2147483648"],
    ["int32", "-2147483649"],
    ["uint32", "-1"],
    ["uint64", "18446744073709551616"],
    ["int64", ""],
    ["int64", "007"],
    ["int64", "-0"],
    ["int64", "+1"],
    ["int64", " 1"],
    ["int64", "1e3"],
    ["int64", "0x10"],
    ["int64", "1.0"],
    ["int64", 1.5],
    ["int64", 2 ** 53],
    ["int64", Number.NaN],
  ])("%s refuses %o", (type, given) => {
    expect(() => toKey(field(type), given)).toThrow(
      expect.objectContaining({ reason: "ENTITY_INVALID", message: expect.stringContaining("m3test.Row: id takes") }),
    );
  });
});

describe("canBeKey", () => {
  test.each([
    [{ number: 1, type: "string" }, true],
    [{ number: 1, type: "fixed64" }, true],
    [{ number: 1, type: "string", label: "optional" }, true],
    [{ number: 1, type: "bool" }, false],
    [{ number: 1, type: "bytes" }, false],
    [{ number: 1, type: "double" }, false],
    [{ number: 1, type: "string", label: "repeated" }, false],
    [{ number: 1, type: "string", oneof: "o" }, false],
    [{ number: 1, type: "Row" }, false],
  ] as const)("%o: %s", (spec, allowed) => {
    const [first] = compileEntityFile({ Row: { id: spec } }, {}).message("Row").fields;
    expect(first && canBeKey(first)).toBe(allowed);
  });
});
