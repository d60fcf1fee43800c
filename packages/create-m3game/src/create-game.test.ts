import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, expect, onTestFinished, test } from "vitest";
import { createGame, NewGameError } from "./create-game.ts";

let folder = "";

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "m3game-new-"));
  onTestFinished(() => rm(folder, { recursive: true }));
});

test("makes a project of that name, and says what comes next", async () => {
  const next = await createGame({ name: "gold-rush", in: folder });
  expect(next).toContain(`cd ${join(folder, "gold-rush")}\n  npm install\n  npm start\n`);
  const files = await readdir(join(folder, "gold-rush"), { recursive: true });
  expect(files).toEqual(expect.arrayContaining([".gitignore", "README.md", "gen/player_pb.js", "web/index.html"]));
  expect(files).not.toContain("node_modules");
  const names: string[] = [];
  for (const entry of await readdir(join(folder, "gold-rush"), { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const text = await readFile(join(entry.parentPath, entry.name), "utf8");
    expect(text, entry.name).not.toContain("my-game");
    if (text.includes("gold-rush")) names.push(entry.name);
  }
  expect(names.sort()).toEqual(["README.md", "index.html", "package.json"]);
});

test.each([
  ["win32", /^m3 dev /],
  ["linux", /^exec m3 dev /],
] as const)("on %s npm start is a command that its shell knows", async (platform, start) => {
  await createGame({ name: "gold-rush", in: folder, platform });
  const { scripts } = JSON.parse(await readFile(join(folder, "gold-rush/package.json"), "utf8"));
  expect(scripts.start).toMatch(start);
});

test("asks for the packages of its own version", async () => {
  const read = async (file: string) => JSON.parse(await readFile(new URL(file, import.meta.url), "utf8"));
  const { version } = await read("../package.json");
  const { dependencies } = await read("../template/package.json");
  const ours = Object.entries(dependencies).filter(([name]) => name === "m3game" || name.startsWith("@m3game/"));
  expect(ours.length).toBeGreaterThan(3);
  expect(new Set(ours.map(([, range]) => range))).toEqual(new Set([`^${version}`]));
});

test.each(["", "My-Game", "my game", "../my-game", ".", "-game", "a".repeat(101)])(
  "refuses the name %j",
  async (name) => {
    await expect(createGame({ name, in: folder })).rejects.toThrow("can't be the name of a game: write 1 to 100");
    expect(await readdir(folder)).toEqual([]);
  },
);

test.each(["m3game", "vite"])("refuses %s, which the project depends on", async (name) => {
  await expect(createGame({ name, in: folder })).rejects.toThrow("the name of a package that every game uses");
});

test("leaves a folder alone that is there already, and a file too", async () => {
  await mkdir(join(folder, "first"));
  await writeFile(join(folder, "second"), "mine");
  for (const name of ["first", "second"]) {
    const attempt = createGame({ name, in: folder });
    await expect(attempt).rejects.toThrow(`${join(folder, name)} is there already: remove it, or choose another name`);
    await expect(attempt).rejects.toBeInstanceOf(NewGameError);
  }
  expect(await readdir(join(folder, "first"))).toEqual([]);
  expect(await readFile(join(folder, "second"), "utf8")).toBe("mine");
});

test("says that the place is missing", async () => {
  const attempt = createGame({ name: "my-game", in: join(folder, "nowhere") });
  await expect(attempt).rejects.toThrow("the folder that it shall be in does not exist");
});
