import type { DbWriteResult } from "m3game";
import { describe, expect, test } from "vitest";
import type { EncodedWrite } from "./encoded-write.ts";
import type { OwnMark } from "./own-mark.ts";
import type { RowDocument } from "./row-document.ts";
import { settleBulk } from "./settle-bulk.ts";

const table = {} as EncodedWrite["table"];
const call = "this call";
const rest = { table, set: {}, unset: {}, bytes: 100 };

interface Case {
  /** What the writes were for: version 3 of each row. */
  readonly own?: OwnMark;
  readonly rows: readonly (Partial<RowDocument> | undefined)[];
  readonly matchedCount: number;
}

/** What becomes of a write for version 3 of each of the rows; `again` for what is returned. */
function outcomes({ own, rows, matchedCount }: Case): readonly string[] {
  const results = new Map<string, DbWriteResult>();
  const writes = rows.map((_, index): EncodedWrite => {
    const id = `row ${index}`;
    return { ...rest, kind: "update", id, version: 3n, own, settle: (result) => results.set(id, result) };
  });
  const documents = rows.flatMap((row, index) => (row ? [{ _ver: 0n, ...row, _id: `row ${index}` }] : []));
  const again = settleBulk({ writes, call, matchedCount }, new Map(documents.map((each) => [each._id, each])));
  return writes.map((write) => {
    const result = results.get(String(write.id));
    if (again.includes(write)) return result === undefined ? "again" : "settled, and again";
    if (result?.status === "written") return `written ${result.version}`;
    return result?.status === "refused" ? result.reason : (result?.error.reason ?? "not settled");
  });
}

const made = { _ver: 4n, _call: call };
const overwritten = { _ver: 5n, _call: "another" };

describe("a bulk of which not all writes found their row", () => {
  test("what was made is written, also when the row has been made anew since it was deleted", () => {
    expect(outcomes({ rows: [made, undefined], matchedCount: 1 })).toEqual(["written 4", "missing"]);
    expect(outcomes({ rows: [{ ...made, _ver: 5n, _gone: true }, undefined], matchedCount: 1 })).toEqual([
      "written 4",
      "missing",
    ]);
  });

  test("the others are refused for what their rows are now", () => {
    const own = { scope: "club/1", name: "c1", f: "1 2" };
    const marks = { c1: "1 3", c2: "1 1" };
    const rows = [undefined, { _ver: 4n, _gone: true as const }, { _ver: 4n, _call: "another" }, { _ver: 2n }];
    expect(outcomes({ rows, matchedCount: 0 })).toEqual(["missing", "missing", "version", "version"]);
    expect(outcomes({ own, rows: [{ _ver: 3n, _own: marks }], matchedCount: 0 })).toEqual(["fenced"]);
  });

  test("a write whose row others have brought to its version meanwhile is tried again", () => {
    expect(outcomes({ rows: [{ _ver: 3n }, made], matchedCount: 1 })).toEqual(["again", "written 4"]);
  });

  test("writes that others have overwritten were made when the bulk made that many more", () => {
    expect(outcomes({ rows: [overwritten], matchedCount: 1 })).toEqual(["written 4"]);
    expect(outcomes({ rows: [overwritten, made, undefined], matchedCount: 2 })).toEqual([
      "written 4",
      "written 4",
      "missing",
    ]);
    expect(outcomes({ rows: [{ ...overwritten, _gone: true }, undefined], matchedCount: 1 })).toEqual([
      "written 4",
      "missing",
    ]);
  });

  test("and were not when it made none", () => {
    expect(outcomes({ rows: [overwritten, made], matchedCount: 1 })).toEqual(["version", "written 4"]);
    expect(outcomes({ rows: [{ ...overwritten, _gone: true }], matchedCount: 0 })).toEqual(["missing"]);
  });

  test("and are of unknown outcome when it made some of them", () => {
    expect(outcomes({ rows: [overwritten, overwritten, made], matchedCount: 2 })).toEqual([
      "UNKNOWN_OUTCOME",
      "UNKNOWN_OUTCOME",
      "written 4",
    ]);
  });
});
