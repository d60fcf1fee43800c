import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { root } from "./lib/root.ts";
import { runCommand } from "./lib/run-command.ts";

/** Runs .ci/run with an npm that says `output` for `npm test` and fails when asked one of `failing`. */
async function ci(output: string, failing: readonly string[] = []) {
  const folder = mkdtempSync(join(tmpdir(), "m3game-ci-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, ".ci"));
  cpSync(join(root, ".ci/run"), join(folder, ".ci/run"));
  writeFileSync(join(folder, "output"), output);
  const failures = failing.map((call) => `[ "$*" = "${call}" ] && exit 1`).join("\n");
  const npm = `#!/bin/sh\necho "$CI $*" >> calls\n[ "$*" = test ] && cat output\n${failures}\nexit 0\n`;
  writeFileSync(join(folder, "npm"), npm, { mode: 0o755 });
  const result = await runCommand("sh", ["-c", `PATH="${folder}:$PATH" exec .ci/run`], { cwd: folder });
  const calls = readFileSync(join(folder, "calls"), "utf8").trimEnd().split("\n");
  return { ok: result.ok, lastLine: result.output.trimEnd().split("\n").at(-1), calls };
}

const green = " Test Files  3 passed (3)\n      Tests  \u001b[32m18 passed\u001b[39m | 2 skipped (20)\n";
const allCalls = [
  "true run services -- up",
  "true run chart",
  "true run compose",
  "true run check",
  "true test",
  "true start -- --smoke",
  "true run examples -- --smoke",
  "true run services -- down",
];

test("runs everything and ends with the count", async () => {
  expect(await ci(green)).toEqual({ ok: true, lastLine: "tests: 18 passed, 0 failed, 2 skipped", calls: allCalls });
});

test("goes on after a failure, takes the servers down and fails", async () => {
  const red = " Test Files  1 failed (1)\n      Tests  1 failed | 17 passed (18)\n";
  const result = await ci(red, ["run check", "test"]);
  expect(result).toMatchObject({ ok: false, lastLine: "tests: 17 passed, 1 failed, 0 skipped" });
  expect(result.calls).toHaveLength(allCalls.length);
});

test("fails when only the smoke run fails", async () => {
  const result = await ci(green, ["start -- --smoke"]);
  expect(result).toMatchObject({ ok: false, lastLine: "tests: 18 passed, 0 failed, 2 skipped" });
});

test("a test run without any failed test that fails counts as one", async () => {
  expect(await ci("", ["test"])).toMatchObject({ ok: false, lastLine: "tests: 0 passed, 1 failed, 0 skipped" });
});
