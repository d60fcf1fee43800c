import { mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { FileWatch } from "./file-watch.ts";

/** A folder of its own, and what writes a file in it. */
async function startWatch() {
  const folder = await mkdtemp(join(tmpdir(), "m3game-watch-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  return { folder, write: (name: string) => writeFile(join(folder, name), "x") };
}

test("tells of sources and configs that changed, in folders made later too, and of nothing else", async () => {
  const { folder, write } = await startWatch();
  for (const name of ["node_modules/x", ".git", "apps"]) await mkdir(join(folder, name), { recursive: true });
  await mkdir(join(folder, "web/deep"), { recursive: true });
  await using watch = new FileWatch(folder, [join(folder, "web")]);

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

test("tells of a file each time that another one takes its place, as editors and git do it", async () => {
  const { folder, write } = await startWatch();
  await mkdir(join(folder, "apps"));
  await write("apps/a.ts");
  await using watch = new FileWatch(folder);
  for (let time = 0; time < 3; time++) {
    await write("apps/a.ts~");
    await rename(join(folder, "apps/a.ts~"), join(folder, "apps/a.ts"));
    expect(await watch.next()).toEqual([join("apps", "a.ts")]);
  }
});

test("goes on in a folder that is removed and made anew, or renamed", async () => {
  const { folder, write } = await startWatch();
  await mkdir(join(folder, "apps/deep"), { recursive: true });
  await write("apps/deep/a.ts");
  await using watch = new FileWatch(folder);
  const heard = async (file: string) => {
    while (!(await watch.next()).includes(file));
  };
  await rm(join(folder, "apps"), { recursive: true });
  await heard(join("apps/deep", "a.ts"));
  await mkdir(join(folder, "apps/deep"), { recursive: true });
  await write("apps/deep/a.ts");
  await heard(join("apps/deep", "a.ts"));
  await rename(join(folder, "apps"), join(folder, "moved"));
  await heard(join("moved/deep", "a.ts"));
  await write("moved/deep/b.ts");
  await heard(join("moved/deep", "b.ts"));
});
