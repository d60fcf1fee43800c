import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { FileWatch } from "./file-watch.ts";

test("tells of sources and configs that changed, in folders made later too, and of nothing else", async () => {
  const folder = await mkdtemp(join(tmpdir(), "m3game-watch-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  for (const name of ["node_modules/x", ".git", "apps"]) await mkdir(join(folder, name), { recursive: true });
  await mkdir(join(folder, "web/deep"), { recursive: true });
  await using watch = new FileWatch(folder, [join(folder, "web")]);
  const write = (name: string) => writeFile(join(folder, name), "x");

  for (const name of [
    "node_modules/x/a.ts",
    ".git/a.ts",
    "web/a.ts",
    "web/deep/a.ts",
    "apps/a.md",
    ".a.ts.swp",
    "apps/b.ts",
  ])
    await write(name);
  expect(await watch.next()).toEqual([join("apps", "b.ts")]);

  for (const name of ["c.js", "c.json", "c.toml"]) await write(name);
  const seen = new Set<string>();
  while (seen.size < 3) for (const name of await watch.next()) seen.add(name);
  expect([...seen].sort()).toEqual(["c.js", "c.json", "c.toml"]);

  await mkdir(join(folder, "later"));
  await write("later/d.ts");
  expect(await watch.next()).toEqual([join("later", "d.ts")]);
});
