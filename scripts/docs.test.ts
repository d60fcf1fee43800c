import { execFile } from "node:child_process";
import { globSync } from "node:fs";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, expect, test } from "vitest";
import { layers } from "./check/layers.ts";
import { brokenLinks } from "./docs/broken-links.ts";
import { codeBlocks } from "./docs/code-blocks.ts";

const root = join(import.meta.dirname, "..");
// Within the examples, so that imports mean the same as in an app there.
const folder = join(root, "examples", `.docs-check-${process.pid}`);

afterAll(() => rm(folder, { recursive: true, force: true }));

test("every program in README and docs compiles", async () => {
  const docs = (await readdir(join(root, "docs"))).filter((name) => name.endsWith(".md")).map((name) => `docs/${name}`);
  await mkdir(folder);
  const files: string[] = [];
  for (const file of ["README.md", "README.zh-CN.md", ...docs]) {
    const text = await readFile(join(root, file), "utf8");
    for (const [, code = ""] of text.matchAll(/^```ts\n(.*?)^```$/gms)) {
      // A snippet without imports shows a line out of its context.
      if (!code.startsWith("import ")) continue;
      const name = `${file.replaceAll(/\W/g, "-")}-${files.length}.ts`;
      await writeFile(join(folder, name), code);
      files.push(name);
    }
  }
  const config = { extends: "../../tsconfig.json", compilerOptions: { noUnusedLocals: false }, include: [], files };
  await writeFile(join(folder, "tsconfig.json"), JSON.stringify(config));
  const run = promisify(execFile)(join(root, "node_modules/.bin/tsc"), ["-p", folder]);
  const output = await run.then(({ stdout }) => stdout).catch((error) => String(error.stdout));
  expect(output).toBe("");
  expect(files.length).toBeGreaterThan(5);
  // All sources are read with them, on a machine that may be busy.
}, 240_000);

test("every listing that names a file of the demo or the examples is in that file", async () => {
  let checked = 0;
  for (const name of (await readdir(join(root, "docs"))).filter((file) => file.endsWith(".md"))) {
    for (const { file, code, line } of codeBlocks(await readFile(join(root, "docs", name), "utf8"))) {
      if (!/^(demo|examples)\//.test(file)) continue;
      expect(await readFile(join(root, file), "utf8"), `docs/${name}:${line}`).toContain(code);
      checked++;
    }
  }
  expect(checked).toBeGreaterThan(3);
});

test("docs/observability.md names the metrics that the runtime shows, all of them and no other", async () => {
  const source = join(root, "packages/m3game/src/telemetry");
  const files = (await readdir(source)).filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"));
  const code = await Promise.all(files.map((name) => readFile(join(source, name), "utf8")));
  const shown = code.join("\n").matchAll(/name: "(m3_\w+)"/g);
  const named = (await readFile(join(root, "docs/observability.md"), "utf8")).matchAll(/^\| `(m3_\w+)`/gm);
  const sorted = (matches: Iterable<RegExpMatchArray>) => [...matches].map(([, name]) => name).sort();
  expect(sorted(named)).toEqual(sorted(shown));
});

test("every link from one page to another leads to a file that is there, and to a heading in it", async () => {
  const pages = globSync(["*.md", "docs/**/*.md", "{packages,plugins}/*/*.md", "{bench,chaos,demo}/{,*/}*.md"], {
    cwd: root,
  });
  expect(pages.length).toBeGreaterThan(40);
  expect((await Promise.all(pages.map((page) => brokenLinks(root, page)))).flat()).toEqual([]);
});

test("CONTRIBUTING and the runtime's README have its folders in the order of the layers", async () => {
  expect(await readFile(join(root, "CONTRIBUTING.md"), "utf8")).toContain(`    ${layers.join(" < ")}\n`);
  const readme = await readFile(join(root, "packages/m3game/README.md"), "utf8");
  expect([...readme.matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name)).toEqual(layers);
});
