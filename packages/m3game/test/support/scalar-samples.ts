import fc from "fast-check";

/** Values for fields of each scalar type that the codec may meet. */
export const scalarSamples: readonly (readonly [type: string, values: fc.Arbitrary<unknown>])[] = [
  ["string", fc.string({ unit: "binary" })],
  ["bytes", fc.uint8Array({ maxLength: 300 })],
  ["bool", fc.boolean()],
  ["double", fc.double()],
  ["float", fc.float()],
  ["int32", fc.integer()],
  ["uint32", fc.nat(0xffffffff)],
  ["sint32", fc.integer()],
  ["int64", fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })],
  ["uint64", fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })],
  ["sint64", fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })],
  ["fixed32", fc.nat(0xffffffff)],
];
