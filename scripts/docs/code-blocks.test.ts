import { expect, test } from "vitest";
import { codeBlocks } from "./code-blocks.ts";

test("finds blocks with their files and lines", () => {
  expect(codeBlocks("# Page\n\n```sh\nls\n```\n\nText\n\n```ts a/b.ts\nlet x;\n\nlet y;\n```\n")).toEqual([
    { language: "sh", file: "", code: "ls\n", line: 3 },
    { language: "ts", file: "a/b.ts", code: "let x;\n\nlet y;\n", line: 9 },
  ]);
});
