import { create, createRegistry, equals, type Message, ScalarType } from "@bufbuild/protobuf";
import fc from "fast-check";
import type { DbTable } from "m3game";
import { expect, type TestAPI } from "vitest";
import { type DbFixture, readRow, writeOne, written } from "./db-conformance-fixture.ts";
import { compileMessages, type FieldSpec, fieldOf } from "./db-conformance-schema.ts";

const scalarNames = Object.values(ScalarType)
  .filter((type) => typeof type === "string")
  .map((type) => type.toLowerCase());

const kinds = [...scalarNames, "Rank", "Inner"];

function specs(prefix: string, offset: number, types: readonly string[], extra: Partial<FieldSpec>) {
  return Object.fromEntries(
    types.map((type, index) => [`${prefix}_${type.toLowerCase()}`, { number: offset + index, type, ...extra }]),
  );
}

const mapKeys = scalarNames.filter((name) => !["double", "float", "bytes"].includes(name));

const schemaOf = compileMessages({
  Inner: {
    text: [1, "string"],
    count: [2, "int64"],
    inner: [3, "Inner"],
    list: { number: 4, type: "Inner", label: "repeated" },
  },
  Every: {
    id: [1, "int64"],
    ...specs("plain", 100, kinds, {}),
    ...specs("optional", 200, [...scalarNames, "Rank"], { label: "optional" }),
    ...specs("list", 300, kinds, { label: "repeated" }),
    ...specs("map", 400, kinds, { mapKey: "string" }),
    ...Object.fromEntries(
      mapKeys.map((mapKey, index) => [`by_${mapKey}`, { number: 500 + index, type: "string", mapKey }]),
    ),
    ...specs("choice", 600, kinds, { oneof: "choice" }),
    wrapped_string: [700, "google.protobuf.StringValue"],
    wrapped_int64: [701, "google.protobuf.Int64Value"],
  },
});

const schema = schemaOf("Every");
const innerSchema = schemaOf("Inner");
const every: DbTable = { name: "m3test_every", schema, key: fieldOf(schema, "id"), indexed: [] };

const inner = (depth = 2): fc.Arbitrary<Message> =>
  fc
    .record({
      text: fc.string({ unit: "binary" }),
      count: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
      list: depth === 0 ? fc.constant([]) : fc.array(inner(depth - 1), { maxLength: 2 }),
    })
    .map((fields) => create(innerSchema, fields));

const int32 = fc.oneof(fc.integer(), fc.constantFrom(-(2 ** 31), 2 ** 31 - 1, 0));
const uint32 = fc.oneof(fc.integer({ min: 0, max: 2 ** 32 - 1 }), fc.constantFrom(2 ** 32 - 1, 2 ** 31, 0));
const int64 = fc.oneof(
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.constantFrom(-(2n ** 63n), 2n ** 63n - 1n, 2n ** 53n + 1n, 0n),
);
const uint64 = fc.oneof(
  fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  fc.constantFrom(2n ** 64n - 1n, 2n ** 63n, 2n ** 63n - 1n, 2n ** 53n + 1n, 0n),
);

const double = fc.oneof(fc.double(), fc.constantFrom(Number.NaN, -0, Number.MAX_VALUE, Number.MIN_VALUE, 2 ** 53));
const float = fc.oneof(fc.float(), fc.constantFrom(Number.NaN, -0, Number.POSITIVE_INFINITY));

/** Any value of a field of this type. */
function arbitraryOf(type: string): fc.Arbitrary<unknown> {
  switch (type) {
    case "double":
      return double;
    case "float":
      return float;
    case "bool":
      return fc.boolean();
    case "string":
      return fc.string({ unit: "binary" });
    case "bytes":
      return fc.uint8Array();
    case "Rank":
      return fc.constantFrom(0, 1, 77);
    case "Inner":
      return inner();
    default: {
      const isUnsigned = /^(u|fixed)/.test(type);
      if (type.endsWith("64")) return isUnsigned ? uint64 : int64;
      return isUnsigned ? uint32 : int32;
    }
  }
}

const localName = (name: string): string => fieldOf(schema, name).localName;

/** Any message of the schema with every kind of field. */
const anyMessage: fc.Arbitrary<Message> = fc
  .record(
    Object.fromEntries([
      ...kinds.map((type) => [localName(`plain_${type.toLowerCase()}`), arbitraryOf(type)]),
      ...[...scalarNames, "Rank"].map((type) => [localName(`optional_${type.toLowerCase()}`), arbitraryOf(type)]),
      ...kinds.map((type) => [localName(`list_${type.toLowerCase()}`), fc.array(arbitraryOf(type), { maxLength: 3 })]),
      ...kinds.map((type) => [
        localName(`map_${type.toLowerCase()}`),
        fc.dictionary(fc.string(), arbitraryOf(type), { maxKeys: 3 }),
      ]),
      ...mapKeys.map((type) => [localName(`by_${type}`), byKey(type)]),
      [
        "choice",
        fc.oneof(
          ...kinds.map((type) =>
            arbitraryOf(type).map((value) => ({ case: localName(`choice_${type.toLowerCase()}`), value })),
          ),
        ),
      ],
      ["wrappedString", fc.string()],
      ["wrappedInt64", int64],
    ]),
    { requiredKeys: [] },
  )
  .map((fields) => create(schema, fields));

function byKey(type: string): fc.Arbitrary<unknown> {
  return fc.array(fc.tuple(arbitraryOf(type), fc.string()), { maxLength: 3 }).map(Object.fromEntries);
}

/** What comes back is what was stored. */
export function valueTests(test: TestAPI, fixture: () => DbFixture): void {
  let nextId = BigInt(Date.now()) * 1_000_000n;

  test("every kind of field comes back exactly, after a create and after an update", async () => {
    const db = await fixture().db([every]);
    await fc.assert(
      fc.asyncProperty(anyMessage, anyMessage, async (first, second) => {
        nextId += 1n;
        const target = { table: every, key: nextId };
        const version = await written(db, { kind: "create", ...target, message: first });
        expect((await readRow(db, nextId, every)).message).toEqual(withId(first, nextId));
        const fields = schema.fields.filter((field) => field !== every.key);
        await written(db, { kind: "update", ...target, message: second, fields, version });
        expect((await readRow(db, nextId, every)).message).toEqual(withId(second, nextId));
      }),
      { numRuns: 60 },
    );
  });

  const extremes = {
    plain_int64: [-(2n ** 63n), 2n ** 63n - 1n, 2n ** 53n + 1n],
    plain_uint64: [2n ** 64n - 1n, 2n ** 63n, 2n ** 63n - 1n],
    plain_fixed64: [2n ** 64n - 1n],
    plain_uint32: [2 ** 32 - 1],
    plain_double: [Number.NaN, -0, Number.POSITIVE_INFINITY, Number.MIN_VALUE, 2 ** 60],
    plain_float: [Number.NaN, -0, Number.NEGATIVE_INFINITY],
    optional_double: [0, -0],
    plain_string: ["", "\u0000", "a\u0000b", "\u{10ffff}", "\ufeffmark", "1e3", "007"],
    optional_string: [""],
    plain_bytes: [new Uint8Array(0), Uint8Array.from({ length: 256 }, (_, index) => index)],
    optional_int64: [0n],
    optional_bool: [false],
    plain_rank: [77],
  };

  test.each(Object.entries(extremes))("%s keeps its extremes", async (name, values) => {
    const db = await fixture().db([every]);
    for (const value of values) {
      nextId += 1n;
      const message = create(schema, { [localName(name)]: value });
      await written(db, { kind: "create", table: every, key: nextId, message });
      expect((await readRow(db, nextId, every)).message).toEqual(withId(message, nextId));
    }
  });

  test("a float is rounded to 32 bits", async () => {
    const db = await fixture().db([every]);
    nextId += 1n;
    await written(db, { kind: "create", table: every, key: nextId, message: create(schema, { plainFloat: 0.1 }) });
    expect((await readRow(db, nextId, every)).message).toMatchObject({ plainFloat: Math.fround(0.1) });
  });

  test("an absent field is absent again, a zero value is not", async () => {
    const db = await fixture().db([every]);
    nextId += 1n;
    await written(db, { kind: "create", table: every, key: nextId, message: create(schema, { optionalInt32: 0 }) });
    const { message } = await readRow(db, nextId, every);
    expect(message).toHaveProperty("optionalInt32", 0);
    expect(message).not.toHaveProperty("optionalUint32");
  });

  test("updating one field of a oneof replaces the whole of it", async () => {
    const db = await fixture().db([every]);
    nextId += 1n;
    const target = { table: every, key: nextId };
    const first = create(schema, { choice: { case: "choiceString", value: "a" } });
    const version = await written(db, { kind: "create", ...target, message: first });
    const second = create(schema, { choice: { case: "choiceInt64", value: 7n } });
    const fields = [fieldOf(schema, "choice_int64")];
    await written(db, { kind: "update", ...target, message: second, fields, version });
    expect((await readRow(db, nextId, every)).message).toEqual(withId(second, nextId));
    const onlyString = await db.read(every, nextId, { fields: [fieldOf(schema, "choice_string")] });
    expect(onlyString?.message).toEqual(withId(second, nextId));
  });

  test("unknown fields inside of a message stay", async () => {
    const db = await fixture().db([every]);
    nextId += 1n;
    const withUnknown = create(innerSchema, { text: "a" });
    withUnknown.$unknown = [{ no: 99, wireType: 0, data: Uint8Array.of(5) }];
    const message = create(schema, { plainInner: withUnknown, listInner: [withUnknown] });
    await written(db, { kind: "create", table: every, key: nextId, message });
    const row = await readRow(db, nextId, every);
    expect(equals(schema, row.message, withId(message, nextId), { registry: createRegistry(), unknown: true })).toBe(
      true,
    );
  });

  test("a row shares nothing with what was written or read", async () => {
    const db = await fixture().db([every]);
    nextId += 1n;
    const bytes = Uint8Array.of(1, 2, 3);
    const message = create(schema, { plainBytes: bytes, listString: ["a"] });
    const done = written(db, { kind: "create", table: every, key: nextId, message });
    bytes.fill(0);
    Object.assign(message, { listString: ["changed"] });
    await done;
    const { message: read } = await readRow(db, nextId, every);
    expect(read).toMatchObject({ plainBytes: Uint8Array.of(1, 2, 3), listString: ["a"] });
    Object.assign(read, { listString: ["changed"] });
    expect((await readRow(db, nextId, every)).message).toMatchObject({ listString: ["a"] });
  });

  const misfits = {
    plainInt32: 1.5,
    plainUint32: -1,
    plainInt64: 2n ** 63n,
    plainUint64: -1n,
    plainString: 5,
    plainBool: "yes",
    plainBytes: "text",
    listInt32: ["a"],
  };

  test.each(Object.entries(misfits))("%s with a value that does not fit is refused", async (name, value) => {
    const db = await fixture().db([every]);
    nextId += 1n;
    const message = create(schema);
    Object.assign(message, { [name]: value });
    const result = await writeOne(db, { kind: "create", table: every, key: nextId, message });
    expect(result).toMatchObject({ status: "failed", error: { code: 3 } });
    expect(await db.read(every, nextId)).toBeUndefined();
  });
}

function withId(message: Message, id: bigint): Message {
  return Object.assign(create(schema), message, { id });
}
