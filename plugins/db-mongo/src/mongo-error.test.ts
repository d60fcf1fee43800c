import { Code } from "m3game";
import { MongoBulkWriteError, MongoNetworkError, MongoServerError } from "mongodb";
import { describe, expect, test } from "vitest";
import { callError, failedWrites } from "./mongo-error.ts";

/** What the driver throws for a bulk, by the codes of its writes that failed; `concern` when most servers did not confirm it. */
function bulkError(codes: Readonly<Record<number, number>>, concern?: number): MongoBulkWriteError {
  const like = (fields: object) => Object.assign(Object.create(null), fields);
  const writeErrors = Object.entries(codes).map(([index, code]) => like({ index: Number(index), code, errmsg: "no" }));
  const getWriteConcernError = () => (concern === undefined ? undefined : { code: concern });
  return new MongoBulkWriteError({ message: "no", code: 0, writeErrors }, like({ getWriteConcernError }));
}

describe("a bulk that failed", () => {
  test("names the writes that the server could not do, and only those", () => {
    const failed = failedWrites(bulkError({ 1: 17419, 4: 2 }));
    expect([...(failed ?? [])]).toMatchObject([
      [1, { code: Code.INVALID_ARGUMENT }],
      [4, { code: Code.INTERNAL }],
    ]);
  });

  test("is of unknown outcome when it was interrupted, or not confirmed", () => {
    for (const error of [bulkError({ 1: 17419, 4: 11602 }), bulkError({ 1: 10107 }), bulkError({ 1: 2 }, 64)]) {
      expect(failedWrites(error)).toBeUndefined();
      expect(callError("write", error)).toMatchObject({ reason: "UNKNOWN_OUTCOME" });
    }
    expect(failedWrites(bulkError({}))).toBeUndefined();
  });
});

test("a server that is no primary has done nothing; one that is interrupted, or silent, may have", () => {
  const error = (code: number) => new MongoServerError({ message: "no", code });
  expect(callError("write", error(10107))).toMatchObject({ reason: "PLUGIN_FAILED" });
  expect(callError("write", error(11602))).toMatchObject({ reason: "UNKNOWN_OUTCOME" });
  expect(callError("write", new MongoNetworkError("gone"))).toMatchObject({ reason: "UNKNOWN_OUTCOME" });
  expect(callError("read", new MongoNetworkError("gone"))).toMatchObject({ reason: "PLUGIN_FAILED" });
});
