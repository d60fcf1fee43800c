import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { root } from "./lib/root.ts";

/** The numbers that `text` names as `pitfall N`, or as the first cell of a table's row. */
function numbersIn(text: string, pattern: RegExp): number[] {
  return [...text.matchAll(pattern)].map(([, number]) => Number(number));
}

test("every pitfall of docs/ownership.md has a test that names it, and no test names another", () => {
  const page = readFileSync(join(root, "docs/ownership.md"), "utf8");
  const [, table = ""] = page.split("## Pitfalls");
  const listed = numbersIn(table, /^\| (\d+) \|/gm);
  expect(listed).toEqual([...Array(22).keys()].map((index) => index + 1));
  const files = globSync("{packages,plugins,chaos}/**/{*.test,lease-faults}.ts", {
    cwd: root,
    exclude: ["**/node_modules/**"],
  });
  const tested = files.flatMap((file) => numbersIn(readFileSync(join(root, file), "utf8"), /\bpitfall (\d+)\b/g));
  expect([...new Set(tested)].toSorted((a, b) => a - b)).toEqual(listed);
});
