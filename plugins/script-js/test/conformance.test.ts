import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { scriptJs } from "@m3game/script-js";
import { runScriptConformance } from "@m3game/testing";
import { onTestFinished, vi } from "vitest";

// Where the thread's code comes from the cache, Node often ends the whole process instead of the thread that takes too much memory:
// https://github.com/nodejs/node/issues/47224. The page of the plugin says so.
vi.stubEnv("NODE_COMPILE_CACHE", undefined);

runScriptConformance({
  name: "script_js",
  texts: {
    first: `
export function Fail() {
  throw new Error("no");
}
export const Add = (a, b) => a + b;
export const Echo = (x) => x;
export const Nothing = () => {};
let count = 0;
export const Count = async () => ++count;
export const Version = () => 1;
export const Loop = () => { for (;;) try { for (;;); } catch {} };
export const Grow = () => { const all = []; for (;;) all.push(new Array(1000).fill(all.length)); };
`,
    second: "export const Version = () => 2;",
    unreadable: "export function Version() {\n  return 1 +\n}",
    failing: "const x = 1;\nthrow new Error(x);",
  },
  async create(context, text) {
    const folder = await mkdtemp(join(tmpdir(), "m3game-js-"));
    onTestFinished(() => rm(folder, { recursive: true }));
    const file = join(folder, "hooks.js");
    await writeFile(file, text);
    const config = scriptJs.config.parse({ JsFile: file, MaxMemoryMB: 16 });
    const scripts = await scriptJs.create(config, context);
    return { scripts, file, write: (next) => writeFile(file, next) };
  },
});
