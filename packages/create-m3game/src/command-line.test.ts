import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { runCommandLine } from "./command-line.ts";

async function run(argv: readonly string[], version = "24.1.0") {
  const folder = await mkdtemp(join(tmpdir(), "m3game-create-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const cwd = vi.spyOn(process, "cwd").mockReturnValue(folder);
  onTestFinished(() => cwd.mockRestore());
  let [out, err] = ["", ""];
  const code = await runCommandLine({
    ...{ argv, version },
    stdout: { write: (text) => (out += text) },
    stderr: { write: (text) => (err += text) },
  });
  return { code, out, err, made: await readdir(folder) };
}

test("makes a game where it is called", async () => {
  const { code, out, err, made } = await run(["my-game"]);
  expect({ code, err, made }).toEqual({ code: 0, err: "", made: ["my-game"] });
  expect(out).toContain("\n  cd my-game\n  npm install\n  npm start\n");
});

test.each([[[]], [["my-game", "other"]], [["--fast"]]])("wrong usage: %j", async (argv) => {
  const { code, err, made } = await run(argv);
  expect({ code, made }).toEqual({ code: 2, made: [] });
  expect(err).toContain("npm create m3game NAME");
});

test("--help", async () => {
  expect(await run(["--help"])).toMatchObject({ code: 0, out: expect.stringContaining("npm create m3game NAME") });
});

test("an old Node is told what to do", async () => {
  const { code, err, made } = await run(["my-game"], "18.20.1");
  expect({ code, made }).toEqual({ code: 1, made: [] });
  expect(err).toBe("This is Node 18.20.1, and a game needs 20 or newer. Get one from https://nodejs.org\n");
});

test("a name that can't be one: one line", async () => {
  const { code, err } = await run(["My Game"]);
  expect(code).toBe(1);
  expect(err).toMatch(/^"My Game" can't be the name of a game: .*\n$/);
});
