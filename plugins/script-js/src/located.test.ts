import { expect, test } from "vitest";
import { located } from "./located.ts";

test("an error names the file and line in its stack", () => {
  const error = new Error("no");
  error.stack =
    "Error: no\n    at node:internal/x:1:2\n    at Fail (file:///game/my%20hooks.js:2:9)\n    at file:///b.js:3:4";
  expect(located(error).message).toBe("/game/my hooks.js:2: no");
});

test("one without a stack that helps is looked for in the source", () => {
  const error = new SyntaxError("Unexpected token");
  error.stack =
    "SyntaxError: Unexpected token\n    at compileSourceTextModule (node:internal/modules/esm/utils:319:16)";
  const source = { path: "/game/hooks.js", text: "export const A = 1;\nexport const = 2;\n" };
  expect(located(error, source).message).toBe("/game/hooks.js:2: Unexpected token");
  expect(located(error, { ...source, text: "" }).message).toBe("/game/hooks.js: Unexpected token");
  expect(located("thrown").message).toBe("thrown");
});
