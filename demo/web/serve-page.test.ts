import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { servePage } from "./serve-page.ts";

async function serve() {
  const folder = await mkdtemp(join(tmpdir(), "m3game-page-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  await mkdir(join(folder, "site/assets"), { recursive: true });
  await writeFile(join(folder, "secret"), "not for you");
  await writeFile(join(folder, "site/index.html"), "<p>hello</p>");
  await writeFile(join(folder, "site/assets/app.js"), "run()");
  const page = await servePage({ folder: join(folder, "site"), port: 0, gates: () => ["ws://127.0.0.1:1/"] });
  onTestFinished(() => page[Symbol.asyncDispose]());
  return page;
}

const get = async (url: string) => {
  const response = await fetch(url);
  return { status: response.status, type: response.headers.get("content-type"), text: await response.text() };
};

test("serves the page, its files, and where the gates are", async () => {
  const { origin } = await serve();
  expect(await get(origin)).toEqual({ status: 200, type: "text/html; charset=utf-8", text: "<p>hello</p>" });
  expect(await get(`${origin}/assets/app.js?v=1`)).toEqual({ status: 200, type: "text/javascript", text: "run()" });
  expect(await get(`${origin}/gates.json`)).toMatchObject({ status: 200, text: '["ws://127.0.0.1:1/"]' });
});

test.each(["/nothing", "/../secret", "/%2e%2e/secret", "//secret", "/assets"])("%s is not to be had", async (path) => {
  const { origin } = await serve();
  expect(await get(origin + path)).toMatchObject({ status: 404 });
});

test("a port in use is PORT_IN_USE", async () => {
  const { origin } = await serve();
  const port = Number(new URL(origin).port);
  const again = servePage({ folder: import.meta.dirname, port, gates: () => [] });
  await expect(again).rejects.toMatchObject({ reason: "PORT_IN_USE" });
});
