import { expect, test } from "vitest";
import { earlyReturns } from "./early-returns.ts";

const inAsync = (body: string) => `async function f() {\n${body}\n}`;

test.each([
  ["await using a = open();\nreturn a.read();", [3]],
  ["using a = open();\nreturn ok ? a.read() : undefined;", [3]],
  ["await using a = open();\nif (ok) {\n  return (a?.read() ?? none)!;\n}", [4]],
  ["await using a = open();\nreturn await a.read();", []],
  ["{\n  await using a = open();\n}\nreturn read();", []],
  ["const a = open();\nreturn a.read();", []],
  ["await using a = open();\nconst each = (b: number) => {\n  return a.read(b);\n};\nreturn ids;", []],
  ["return read();\nawait using a = open();", []],
])("%j", (body, lines) => {
  expect(earlyReturns(inAsync(body))).toEqual(lines);
});

test("a function that is not async returns what it has", () => {
  expect(earlyReturns("function f() {\nusing a = open();\nreturn a.read();\n}")).toEqual([]);
});
