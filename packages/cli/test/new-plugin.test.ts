import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test, vi } from "vitest";
import { templateKinds } from "../src/new/plugin-template.ts";
import { runM3 } from "./support/run-in-process.ts";
import { temporaryFolder } from "./support/temporary-folder.ts";

// Each starts a compiler and a test runner, on a machine that may be busy.
vi.setConfig({ testTimeout: 120_000 });

test.each(templateKinds)(
  "a new %s plugin compiles and passes the conformance test that comes with it",
  async (kind) => {
    const folder = await temporaryFolder();
    const { code, stdout } = await runM3(["new", "plugin", `${kind}_own`, "--in", folder]);
    const made = join(folder, `${kind}-own`);
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining(made) });
    expect(await readFile(join(made, "README.md"), "utf8")).toContain(`.${kind}_own]]`);
    const run = (program: string, ...args: readonly string[]) =>
      promisify(execFile)(join(folder, "node_modules/.bin", program), args, { cwd: made });
    await run("tsc", "-p", ".", "--noEmit");
    const tested = await run("vitest", "run", "--root", made);
    expect(tested.stdout).toMatch(/Tests .*\d+ passed/);
  },
);

test.each([
  [["new"], "what?"],
  [["new", "app"], "what?"],
  [["new", "plugin"], "which plugin?"],
  [["new", "plugin", "broker_a", "broker_b"], "one plugin, please; broker_b is too much"],
  [["new", "plugin", "../broker_a"], "../broker_a is no <kind>_<technology> of a kind with a template: router, broker"],
  [["new", "plugin", "trans_a"], "trans_a is no <kind>_<technology> of a kind with a template"],
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
