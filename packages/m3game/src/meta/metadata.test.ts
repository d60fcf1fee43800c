import { expect, test } from "vitest";
import { addMetadata, checkMetadata, checkMetadataSize, isReservedKey, maxMetadataBytes } from "./metadata.ts";

const invalid = (message: string) =>
  expect.objectContaining({ reason: "METADATA_INVALID", message: expect.stringContaining(message) });

test("keys are lower-cased, values kept", () => {
  expect([...checkMetadata([["RoleId", "7 ~"]])]).toEqual([["roleid", "7 ~"]]);
});

test.each([
  ["M3RouteType", "1", '"m3routetype" belongs to the framework'],
  ["grpc-timeout", "1S", '"grpc-timeout" belongs to the framework'],
  ["", "x", 'key "" is not 1 to 128 of a-z 0-9 _ . -'],
  ["a b", "x", 'key "a b" is not'],
  ["名", "x", 'key "名" is not'],
  ["k".repeat(129), "x", "is not 1 to 128"],
  ["name", "名", 'the value of metadata key "name" is not printable ASCII'],
  ["name", "a\nb", "is not printable ASCII"],
  ["name", "a\0", "is not printable ASCII"],
])("%j = %j is refused, naming the key", (key, value, message) => {
  expect(() => checkMetadata([[key, value]])).toThrow(invalid(message));
});

test("a key twice is refused, however it is spelled", () => {
  expect(() =>
    checkMetadata([
      ["Name", "1"],
      ["name", "2"],
    ]),
  ).toThrow(invalid('"name" is there twice'));
});

test("keys and values together have a limit", () => {
  const largest = "x".repeat(maxMetadataBytes - 1);
  expect(checkMetadata([["k", largest]]).get("k")).toBe(largest);
  expect(() => checkMetadata([["k", `${largest}x`]])).toThrow(invalid("takes 8193 bytes; at most 8192 are allowed"));
  expect(() => checkMetadataSize(new Map([["key", largest]]))).toThrow(invalid("8194"));
});

test("what came over the wire may hold keys of the framework", () => {
  const metadata = new Map<string, string>();
  addMetadata(metadata, "m3hops", "1");
  expect(metadata.get("m3hops")).toBe("1");
  expect(isReservedKey("m3hops")).toBe(true);
  expect(isReservedKey("m2")).toBe(false);
});
