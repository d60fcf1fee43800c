import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "../../test/support/temporary-folder.ts";
import { createPluginFinder } from "./find-plugin.ts";

const here = import.meta.filename;

test("plugins are found by the fixed rule, and by the original's name of one that is called otherwise", async () => {
  const find = createPluginFinder(here);
  expect(await find("trans_tcp")).toMatchObject({ kind: "trans", name: "trans_tcp" });
  expect(await find("log_zap")).toMatchObject({ kind: "log", name: "log_pino" });
  expect(await find("trace_jaeger")).toMatchObject({ kind: "trace", name: "trace_otlp" });
});

test.each(["router_zookeeper", "consul", "trans_../tcp", "Trans_tcp", "trans_tcp/src", ""])(
  "%j is not found",
  async (name) => {
    expect(await createPluginFinder(here)(name)).toBeUndefined();
  },
);

test("a package beside the app comes before the one that came with this command", async () => {
  const folder = join(await temporaryFolder(), "game");
  const own = join(folder, "node_modules/@m3game/trans-tcp");
  await mkdir(own, { recursive: true });
  await writeFile(join(own, "package.json"), '{ "type": "module", "exports": "./own.js" }');
  const text = 'export default { kind: "trans", name: "trans_tcp", aliases: ["own"], config: {}, create() {} };';
  await writeFile(join(own, "own.js"), text);
  expect(await createPluginFinder(join(folder, "app.ts"))("trans_tcp")).toMatchObject({ aliases: ["own"] });
});

test("an app outside of any package gets those that came with this command", async () => {
  expect(await createPluginFinder("/app.ts")("trans_http2")).toMatchObject({ name: "trans_http2" });
});

test.each([
  ["export const a = 1;", "its default export is no plugin made by definePlugin"],
  [
    'export default { kind: "db", name: "db_other", config: {}, create() {} };',
    "its default export is db_other, not db_odd",
  ],
  ['throw new Error("no native module");', "package @m3game/db-odd can't be loaded: Error: no native module"],
])("a package that can't be used is named: %s", async (text, problem) => {
  const folder = join(await temporaryFolder(), "game");
  const own = join(folder, "node_modules/@m3game/db-odd");
  await mkdir(own, { recursive: true });
  await writeFile(join(own, "package.json"), '{ "type": "module", "exports": "./odd.js" }');
  await writeFile(join(own, "odd.js"), text);
  const found = createPluginFinder(join(folder, "app.ts"))("db_odd");
  await expect(found).rejects.toMatchObject({ reason: "PLUGIN_FAILED" });
  await expect(found).rejects.toThrow(problem);
});
