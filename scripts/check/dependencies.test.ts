import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { checkDependencies } from "./dependencies.ts";

const manifests = {
  "package.json": { name: "root", workspaces: ["packages/*", "plugins/*"], devDependencies: { vitest: "*" } },
  "packages/m3game/package.json": {
    name: "m3game",
    exports: { ".": "./src/index.ts", "./internal": "./src/internal.ts", "./gen/*": "./gen/*" },
  },
  "plugins/log-x/package.json": { name: "@m3game/log-x", dependencies: { m3game: "1", x: "1" } },
};

const sound = {
  "packages/m3game/src/index.ts": 'export { a } from "./app/a.ts";',
  "packages/m3game/src/internal.ts": 'export { b } from "./meta/b.ts";',
  "packages/m3game/src/app/a.ts": 'import { b } from "../meta/b.ts"; import "../../gen/g_pb.js"; export const a = b;',
  "packages/m3game/src/meta/b.ts": 'import { join } from "node:path"; export const b = join;',
  "packages/m3game/gen/g_pb.js": "export {};",
  "plugins/log-x/src/index.ts": 'import { a } from "m3game"; import x from "x"; import "m3game/gen/g_pb.js"; x(a);',
  "plugins/log-x/src/index.test.ts": 'import { test } from "vitest"; import "./index.ts";',
  "scripts/tool.ts": 'import { test } from "vitest"; import "m3game";',
};

/** Checks a small checkout: the sound one with these files added or replaced. */
function problemsOf(files: Readonly<Record<string, unknown>>): readonly string[] {
  const root = mkdtempSync(join(tmpdir(), "m3game-dependencies-"));
  onTestFinished(() => rmSync(root, { recursive: true }));
  for (const [file, content] of Object.entries({ ...manifests, ...sound, ...files })) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), typeof content === "string" ? content : JSON.stringify(content));
  }
  return checkDependencies(root);
}

test("a sound checkout has no problems", () => {
  expect(problemsOf({})).toEqual([]);
});

test("an import of a higher layer names the line and what is allowed", () => {
  expect(problemsOf({ "packages/m3game/src/plugin/p.ts": '\nimport { a } from "../app/a.ts"; a();' })).toEqual([
    "packages/m3game/src/plugin/p.ts:2 imports ../app/a.ts: plugin may import only from meta, gameplay, config, plugin: move what both need down, or the importer up",
  ]);
});

test("index.ts counts as the highest layer", () => {
  expect(problemsOf({ "packages/m3game/src/app/c.ts": 'import type { a } from "../index.ts"; a;' })).toEqual([
    expect.stringContaining("imports ../index.ts: app may import only from"),
  ]);
});

test("a folder that is no layer is refused", () => {
  expect(problemsOf({ "packages/m3game/src/misc/m.ts": 'import "../meta/b.ts";' })).toEqual([
    expect.stringContaining("folder misc has no place in the layers"),
  ]);
});

test("tests of the runtime may look up", () => {
  expect(problemsOf({ "packages/m3game/src/meta/b.test.ts": 'import "../app/a.ts";' })).toEqual([]);
});

test("a cycle between files is found, of types and through a package's own name as well", () => {
  expect(
    problemsOf({
      "packages/m3game/src/meta/b.ts": 'import type { c } from "./c.ts"; export let b: c;',
      "packages/m3game/src/meta/c.ts": 'import type { b } from "m3game/internal"; export type c = typeof b;',
    }),
  ).toEqual([
    "Import cycle: packages/m3game/src/internal.ts -> packages/m3game/src/meta/b.ts -> packages/m3game/src/meta/c.ts -> packages/m3game/src/internal.ts",
  ]);
});

test("a relative import into another package is refused", () => {
  expect(problemsOf({ "plugins/log-x/src/y.ts": 'export * from "../../../packages/m3game/src/index.ts";' })).toEqual([
    expect.stringContaining("a relative path into another package; import it by its package name"),
  ]);
  expect(problemsOf({ "scripts/y.ts": 'await import("../packages/m3game/src/index.ts");' })).toEqual([
    expect.stringContaining("a relative path into another package"),
  ]);
});

test("only what a package exports can be imported", () => {
  expect(problemsOf({ "plugins/log-x/src/y.ts": 'import "m3game/src/meta/b.ts";' })).toEqual([
    "plugins/log-x/src/y.ts:1 imports m3game/src/meta/b.ts: m3game does not export it: import one of m3game, m3game/internal, m3game/gen/*, or enter it in exports of packages/m3game/package.json",
  ]);
});

test("an undeclared dependency is found, in a type too", () => {
  expect(problemsOf({ "plugins/log-x/src/y.ts": 'export type Y = import("@y/z/deep").Y;' })).toEqual([
    "plugins/log-x/src/y.ts:1 imports @y/z/deep: @y/z is not declared; enter it in dependencies of plugins/log-x/package.json",
  ]);
});

test("what is declared for development serves tests only", () => {
  expect(problemsOf({ "plugins/log-x/src/y.ts": 'import "vitest";' })).toEqual([
    expect.stringContaining("vitest is not declared; enter it in dependencies of plugins/log-x/package.json"),
  ]);
  expect(problemsOf({ "plugins/log-x/test/y.test.ts": 'import "z";' })).toEqual([
    expect.stringContaining("z is not declared; enter it in devDependencies of plugins/log-x/package.json"),
  ]);
});

test("a declared dependency that nothing uses is found", () => {
  expect(problemsOf({ "plugins/log-x/src/index.ts": 'import "m3game";' })).toEqual([
    "plugins/log-x/package.json declares x, which nothing imports: remove it there",
  ]);
});

test("a program counts as used by scripts, a plugin by a config, a peer by what asks for it", () => {
  const root = { name: "root", workspaces: ["packages/*", "plugins/*"], scripts: { lint: "linter ." } };
  expect(
    problemsOf({
      "package.json": { ...root, devDependencies: { vitest: "*", "the-linter": "*", helper: "*", "@types/node": "*" } },
      "node_modules/the-linter/package.json": { bin: { linter: "x.js" }, peerDependencies: { helper: "*" } },
      "packages/game/package.json": { name: "game", dependencies: { "@m3game/log-x": "1" } },
      "packages/game/game.toml": "[[Plugin.Log.log_x]]",
    }),
  ).toEqual([]);
});

test("text in strings and comments is no import", () => {
  const text = '// import "nothing";\nexport const code = `\nimport "nothing";\n`;';
  expect(problemsOf({ "plugins/log-x/src/y.ts": text })).toEqual([]);
});
