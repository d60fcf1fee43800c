import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describeWithTool } from "@m3game/testing";
import { chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from "vitest";
import { applyDiff } from "./docs/apply-diff.ts";
import { type CodeBlock, codeBlocks } from "./docs/code-blocks.ts";
import { GamePorts } from "./docs/game-ports.ts";
import { linkPackages } from "./docs/link-packages.ts";
import { startInTerminal, type Terminal } from "./docs/terminal.ts";
import { root } from "./lib/root.ts";
import { runCommand } from "./lib/run-command.ts";

// They start compilers, servers and a browser, on a machine that may be busy.
vi.setConfig({ testTimeout: 240_000, hookTimeout: 120_000 });
const patience = { timeout: 60_000 };

const blocks = codeBlocks(await readFile(join(root, "docs/tutorial.md"), "utf8"));

let folder = "";
let project = "";
let ports: GamePorts;
/** `npm start`, and what the last command that ended has printed. */
let running: Terminal | undefined;
let printed = "";

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "m3game-tutorial-"));
  ports = await GamePorts.pick();
});

afterAll(async () => {
  await running?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

test("every command of docs/tutorial.md works, and every listing is what the project has", async () => {
  expect(blocks.length).toBeGreaterThan(20);
  for (const block of blocks) {
    try {
      await follow(block);
    } catch (error) {
      throw new Error(`docs/tutorial.md:${block.line}: ${error instanceof Error ? error.message : error}`, {
        cause: error,
      });
    }
  }
});

describeWithTool("chromium", "in a browser", (program) => {
  test("players dig, buy a shovel and wave at each other", async () => {
    const args = ["--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync"];
    const env = { ...process.env, ...program.env };
    const browser = await chromium.launch({ executablePath: program.path, env, args, chromiumSandbox: false });
    onTestFinished(() => browser.close());
    const enter = async (name: string): Promise<Page> => {
      const page = await browser.newPage();
      page.setDefaultTimeout(patience.timeout);
      await page.goto(ports.replace("http://localhost:5173"));
      await page.getByLabel("Your name").fill(name);
      await page.getByRole("button", { name: "Play" }).click();
      await page.getByRole("button", { name: "Dig" }).waitFor();
      expect(await page.getByRole("button", { name: "Play" }).isVisible()).toBe(false);
      return page;
    };
    const [june, mike] = [await enter("june"), await enter("mike")];
    const gold = june.locator("#gold");
    for (let count = 1; count <= 10; count++) {
      await june.getByRole("button", { name: "Dig" }).click();
      await expect.poll(() => gold.textContent(), patience).toBe(String(count));
    }
    await june.getByRole("button", { name: /Buy/ }).click();
    await expect.poll(() => june.locator("#shovels").textContent(), patience).toBe("1");
    await june.getByRole("button", { name: /Buy/ }).click();
    await expect.poll(() => june.locator("#status").textContent(), patience).toContain("a shovel costs 10 gold");
    await june.getByLabel("Wave at").fill("mike");
    await june.getByRole("button", { name: "Wave" }).click();
    await expect.poll(() => mike.locator("#status").textContent(), patience).toBe("june waves at you");
  });
});

test("Ctrl-C ends npm start with 0, and nothing goes on", async () => {
  running?.write("\x03");
  expect(await running?.exited, running?.output).toBe(0);
  await expect.poll(() => ports.inUse(), patience).toEqual([]);
});

/** Does what a reader does on reading it. */
async function follow({ language, file, code }: CodeBlock): Promise<void> {
  const path = join(project, file);
  if (language === "sh") for (const command of code.trimEnd().split("\n")) await type(command);
  else if (language === "text") await expectPrinted(code);
  else if (language === "diff") await writeFile(path, applyDiff(await readFile(path, "utf8"), code));
  else expect(await readFile(path, "utf8")).toContain(ports.replace(code));
}

async function type(command: string): Promise<void> {
  const [, name] = /^npm create m3game (\S+)$/.exec(command) ?? [];
  if (name !== undefined) return await createProject(name);
  if (command === `cd ${project.slice(folder.length + 1)}`) return;
  // What npm would bring is in the checkout; pack.test.ts installs it.
  if (command === "npm install") return await linkPackages(project);
  if (command === "npm start") {
    running = startInTerminal(command, project);
    return;
  }
  const { ok, output } = await runCommand("sh", ["-c", command], { cwd: project, env: { NO_COLOR: "1" } });
  printed = output;
  if (!ok) throw new Error(`${command}\n${output}`);
}

async function createProject(name: string): Promise<void> {
  const { ok, output } = await runCommand("node", [join(root, "packages/create-m3game/src/main.ts"), name], {
    cwd: folder,
  });
  if (!ok) throw new Error(output);
  project = join(folder, name);
  await ports.enter(project);
}

/** The lines are those of the last command, or of `npm start`, sooner or later. */
async function expectPrinted(code: string): Promise<void> {
  for (const line of ports.replace(code).trimEnd().split("\n")) {
    if (printed.includes(line)) continue;
    await expect.poll(() => running?.output, patience).toContain(line);
  }
}
