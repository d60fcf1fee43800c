import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { brokenLinks } from "./broken-links.ts";

test("finds links to files and headings that are not there", async () => {
  const folder = await mkdtemp(join(tmpdir(), "m3game-links-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  await writeFile(
    join(folder, "a.md"),
    "# First steps\n\n## `m3 run`, and why\n\n```md\n[shown only](nowhere.md)\n```\n",
  );
  const good = "[a](a.md) [b](a.md#first-steps) [c](a.md#m3-run-and-why) [d](#here) [e](https://a.example/x)";
  const wrong = "[f](b/a.md) [g](a.md#second-steps) [h](#there)";
  await writeFile(join(folder, "b.md"), `# Here\n\n${good}\n${wrong}\n`);
  expect(await brokenLinks(folder, "a.md")).toEqual([]);
  expect(await brokenLinks(folder, "b.md")).toEqual(
    ["b/a.md", "a.md#second-steps", "#there"].map((to) => `b.md: ${to}`),
  );
});
