import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { pluginTables } from "m3game/internal";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { z } from "zod";
import { kindTemplates } from "../src/new/plugin-template.ts";
import { runM3 } from "./support/run-in-process.ts";
import { temporaryFolder } from "./support/temporary-folder.ts";

// They start a compiler and a test runner, on a machine that may be busy.
vi.setConfig({ testTimeout: 120_000 });

const kinds = Object.keys(pluginTables);
const works = Object.entries(kindTemplates).flatMap(([kind, template]) => (template.works ? [kind] : []));

/** What the test runner says of the conformance tests of these kinds. */
const runnerReport = z.object({
  testResults: z.array(
    z.object({
      name: z.string(),
      message: z.string(),
      assertionResults: z.array(z.object({ status: z.string(), failureMessages: z.array(z.string()) })),
    }),
  ),
});

describe("a new plugin of each kind", () => {
  const cleanup = new AsyncDisposableStack();
  let folder: string;
  let run: (program: string, ...args: readonly string[]) => Promise<unknown>;

  beforeAll(async () => {
    folder = await temporaryFolder((end) => cleanup.defer(end));
    run = (program, ...args) =>
      promisify(execFile)(join(folder, "node_modules/.bin", program), args, { cwd: folder, maxBuffer: 2 ** 26 });
    for (const kind of kinds) {
      const { code, stdout } = await runM3(["new", "plugin", `${kind}_own`, "--in", folder]);
      const made = join(folder, `${kind}-own`);
      expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining(made) });
    }
  });

  afterAll(() => cleanup.disposeAsync());

  test.each(Object.entries(pluginTables))("%s: its README shows its section", async (kind, table) => {
    expect(await readFile(join(folder, `${kind}-own/README.md`), "utf8")).toContain(`[[Plugin.${table}.${kind}_own]]`);
  });

  test("all compile, their tests too", async () => {
    const { compilerOptions } = JSON.parse(await readFile(join(folder, "log-own/tsconfig.json"), "utf8"));
    const options = { ...compilerOptions, rootDir: ".", noEmit: true };
    const all = { compilerOptions: options, include: ["*/src", "*/test"] };
    await writeFile(join(folder, "tsconfig.json"), JSON.stringify(all));
    await run("tsc", "-p", ".");
  });

  test("they pass their conformance tests, or these say what is to be written", async () => {
    const output = join(folder, "report.json");
    await run(
      "vitest",
      "run",
      "--root",
      folder,
      "--isolate=false",
      "--maxWorkers=1",
      "--reporter=json",
      `--outputFile=${output}`,
    ).catch(() => {});
    const { testResults } = runnerReport.parse(JSON.parse(await readFile(output, "utf8")));
    expect(testResults).toHaveLength(kinds.length);
    for (const { name, message, assertionResults } of testResults) {
      expect(message, name).toBe("");
      expect(assertionResults.length, name).toBeGreaterThan(3);
      const failures = assertionResults.flatMap(({ failureMessages }) => failureMessages);
      if (works.some((kind) => name.includes(`/${kind}-own/`))) expect(failures, name).toEqual([]);
      else expect(failures.length, name).toBeGreaterThan(3);
    }
  });
});

test.each([
  [["new"], "what?"],
  [["new", "app"], "what?"],
  [["new", "game"], "what is the game called?"],
  [["new", "game", "my game"], '"my game" can\'t be the name of a game: write'],
  [["new", "game", "my-game", "--in", "/nowhere"], "the folder that it shall be in does not exist"],
  [["new", "plugin"], "which plugin?"],
  [["new", "plugin", "broker_a", "broker_b"], "one plugin, please; broker_b is too much"],
  [["new", "plugin", "../broker_a"], "../broker_a is no <kind>_<technology>; the kinds are router, broker"],
  [["new", "plugin", "queue_a"], "queue_a is no <kind>_<technology>; the kinds are router, "],
])("wrong usage: m3 %j", async (argv, problem) => {
  const { code, stderr } = await runM3(argv);
  expect(code).toBe(2);
  expect(stderr).toContain(problem);
});

test("a folder that is there already is left alone", async () => {
  const folder = await temporaryFolder();
  expect((await runM3(["new", "plugin", "router_own", "--in", folder])).code).toBe(0);
  const again = await runM3(["new", "plugin", "router_own", "--in", folder]);
  expect(again).toMatchObject({ code: 2, stderr: expect.stringContaining("router-own is there already") });
});
