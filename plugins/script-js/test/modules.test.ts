import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { scriptJs } from "@m3game/script-js";
import { createManualClock, createPluginContext } from "@m3game/testing";
import { expect, onTestFinished, test, vi } from "vitest";

async function start(files: Readonly<Record<string, string>>, config: { JsFile: string | string[]; Watch?: boolean }) {
  const folder = await mkdtemp(join(tmpdir(), "m3game-js-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const write = async (name: string, text: string) => {
    await writeFile(join(folder, "new"), text);
    await rename(join(folder, "new"), join(folder, name));
  };
  for (const [name, text] of Object.entries(files)) await write(name, text);
  const clock = createManualClock();
  const context = createPluginContext("test.world1.role.1", { folder, clock });
  const scripts = await scriptJs.create(scriptJs.config.parse(config), context);
  onTestFinished(() => scripts[Symbol.asyncDispose]());
  return { scripts, context, clock, write };
}

test("TypeScript, several files, and what they import", async () => {
  const { scripts } = await start(
    {
      "bonus.ts":
        'import { rate } from "./rate.js";\nexport function Bonus(gold: number): number {\n  return gold * rate;\n}\n',
      "rate.js": "export const rate = 2;",
      "names.js": 'export const Name = (id) => "Role" + id;\nexport const title = 1;\n',
    },
    { JsFile: ["bonus.ts", "names.js"] },
  );
  expect([await scripts.call("Bonus", 21), await scripts.call("Name", 7n), scripts.has("title")]).toEqual([
    42,
    "Role7",
    false,
  ]);
});

test("with Watch, a changed file is loaded again; a wrong one is refused, and the log says why", async () => {
  const { scripts, context, clock, write } = await start(
    { "hooks.js": "export const Version = () => 1;" },
    { JsFile: "hooks.js", Watch: true },
  );
  const timers = clock.pending;
  /** Lets the change be noticed and settle. */
  const noticed = async () => {
    await vi.waitFor(() => expect(clock.pending).toBeGreaterThan(timers), { timeout: 20_000 });
    clock.advance(100);
  };
  await write("hooks.js", "export const Version = () => 2;");
  await noticed();
  await context.waitForLine("scripts loaded again, since files changed");
  expect(await scripts.call("Version")).toBe(2);
  await write("hooks.js", "export const = 3;");
  await noticed();
  const line = await context.waitForLine("changed scripts refused, the old ones stay");
  expect(String(line.fields.error)).toMatch(/hooks\.js:1: /);
  expect(await scripts.call("Version")).toBe(2);
});

test("a file that is not there is named with its key", async () => {
  await expect(start({}, { JsFile: "hooks.js" })).rejects.toMatchObject({
    reason: "CONFIG_INVALID",
    message: expect.stringMatching(/hooks\.js can't be read: ENOENT.* Correct JsFile\.$/),
  });
});

test("more calls than MaxQueued beside the one that runs are refused", async () => {
  const folder = await mkdtemp(join(tmpdir(), "m3game-js-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, "hooks.js"), "export const Echo = (x) => x;");
  const context = createPluginContext("test.world1.role.1", { folder });
  await using scripts = await scriptJs.create(scriptJs.config.parse({ JsFile: "hooks.js", MaxQueued: 2 }), context);
  const results = await Promise.allSettled([1, 2, 3, 4].map((x) => scripts.call("Echo", x)));
  expect(results.filter(({ status }) => status === "rejected")).toHaveLength(1);
});

test("calls behind one that never ends are run all the same", async () => {
  const folder = await mkdtemp(join(tmpdir(), "m3game-js-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const text = "export const Echo = (x) => x;\nexport const Hang = () => { for (;;); };";
  await writeFile(join(folder, "hooks.js"), text);
  const context = createPluginContext("test.world1.role.1", { folder });
  const config = scriptJs.config.parse({ JsFile: "hooks.js", TimeoutMs: 2000 });
  await using scripts = await scriptJs.create(config, context);
  const calls = [scripts.call("Echo", 1), scripts.call("Hang"), scripts.call("Echo", 2), scripts.call("Echo", 3)];
  const [before, hanging, ...behind] = await Promise.allSettled(calls);
  expect(before).toEqual({ status: "fulfilled", value: 1 });
  expect(hanging).toMatchObject({ status: "rejected", reason: { reason: "SCRIPT_TIMEOUT" } });
  expect(behind).toEqual([2, 3].map((value) => ({ status: "fulfilled", value })));
});
