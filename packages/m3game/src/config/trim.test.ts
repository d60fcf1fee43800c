import { describe, expect, it } from "vitest";
import { parseConfig } from "./source.ts";
import { trimTable } from "./trim.ts";

describe("trimTable", () => {
  it("trims texts anywhere and tells where", () => {
    const { tree } = parseConfig(
      'A = " a\\t"\nB = 1\nC = ["x", " y"]\nD = 2020-01-01\n[[E]]\nF = "f "\nG = "g"\n',
      "x",
    );
    const trimmed: string[] = [];
    expect(trimTable(tree, (path) => trimmed.push(path), "Base[0]")).toEqual({
      A: "a",
      B: 1,
      C: ["x", "y"],
      D: tree.D,
      E: [{ F: "f", G: "g" }],
    });
    expect(trimmed).toEqual(["Base[0].A", "Base[0].C[1]", "Base[0].E[0].F"]);
  });

  it("leaves the given table as it is", () => {
    const table = { A: " a ", B: [" b "] };
    trimTable(table);
    expect(table).toEqual({ A: " a ", B: [" b "] });
  });
});
