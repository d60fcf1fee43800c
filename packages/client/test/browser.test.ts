import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SendToCli_ReqSchema } from "@m3game/examples/gen/gate_pb.js";
import { describeWithTool } from "@m3game/testing";
import { players } from "m3game";
import { type Browser, chromium } from "playwright-core";
import { build, type InlineConfig, preview } from "vite";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { startGame } from "./support/game.ts";

const pageFolder = join(import.meta.dirname, "page");
const patience = { timeout: 30_000 };

/** Serves what `fill` puts into an empty folder; resolves with its address. */
async function serve(fill: (folder: string) => Promise<unknown>): Promise<string> {
  const outDir = await mkdtemp(join(tmpdir(), "m3game-page-"));
  onTestFinished(() => rm(outDir, { recursive: true, force: true }));
  await fill(outDir);
  const server = await preview({
    configFile: false,
    logLevel: "silent",
    root: pageFolder,
    build: { outDir },
    preview: { host: "127.0.0.1", port: 0 },
  });
  onTestFinished(() => server.close());
  const url = server.resolvedUrls?.local[0];
  if (url === undefined) throw new Error("the page is served nowhere");
  return url;
}

function options(build: InlineConfig["build"]): InlineConfig {
  return { configFile: false, logLevel: "silent", root: pageFolder, build: { target: "es2022", ...build } };
}

function buildWithVite(outDir: string): Promise<unknown> {
  return build(options({ outDir, emptyOutDir: true }));
}

/** One file of script, in a page that no tool has touched. */
async function buildPlain(outDir: string): Promise<void> {
  const entry = join(pageFolder, "page.ts");
  await build(options({ outDir, emptyOutDir: true, lib: { entry, formats: ["es"], fileName: () => "game.js" } }));
  await writeFile(join(outDir, "index.html"), '<!doctype html><script type="module" src="game.js"></script>');
}

describeWithTool("chromium", "in a browser", (program) => {
  let browser: Browser;

  beforeAll(async () => {
    const args = ["--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync"];
    const env = { ...process.env, ...program.env };
    browser = await chromium.launch({ executablePath: program.path, env, args, chromiumSandbox: false });
  }, 120_000);

  afterAll(() => browser?.close());

  test.each([
    ["a page built with Vite", buildWithVite],
    ["a plain script of type module", buildPlain],
  ])("%s logs in, calls, gets pushes, and goes on after its connection broke", async (_name, fill) => {
    const game = await startGame({ plugin: 'AllowedOrigins = ["*"]' });
    const url = await serve(fill);
    const page = await browser.newPage();
    onTestFinished(() => page.close());
    const [lines, errors]: [string[], Error[]] = [[], []];
    page.on("pageerror", (error) => errors.push(error));
    await page.exposeFunction("report", (line: string) => lines.push(line));
    await page.addInitScript(`globalThis.gateUrl = ${JSON.stringify(game.proxy.url)}`);
    await page.goto(url);
    const push = (content: string) => players(game.app).push("june", SendToCli_ReqSchema, { content });

    await expect.poll(() => lines, patience).toEqual(["Hello , from a browser"]);
    await push("one");
    await expect.poll(() => lines.at(-1), patience).toBe("push one");
    game.proxy.closed = true;
    game.proxy.breakAll();
    await expect.poll(() => lines, patience).toContain("offline");
    await push("two");
    game.proxy.closed = false;
    await expect.poll(() => lines.at(-1), patience).toBe("push two");
    expect(lines.at(-2)).toBe('online {"resumed":true,"pushesLost":false}');
    expect(lines.filter((line) => line.startsWith("push"))).toEqual(["push one", "push two"]);
    expect(errors).toEqual([]);
  });
});
