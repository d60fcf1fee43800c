import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { root } from "./lib/root.ts";
import { runCommand } from "./lib/run-command.ts";

const wanted = {
  "": {},
  "packages/m3game": { version: "0.1.0" },
  "node_modules/m3game": { link: true },
  "node_modules/zod": { version: "4.0.0" },
  "node_modules/node-other-platform": { version: "24.0.0", optional: true },
};
const { "": _root, "node_modules/node-other-platform": _other, ...installed } = wanted;

/** Runs the bootstrap in a checkout of its own, with an npm that notes how it is called. */
async function bootstrap(files: Readonly<Record<string, unknown>>, npm = "") {
  const folder = mkdtempSync(join(tmpdir(), "m3game-bootstrap-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, "scripts"));
  cpSync(join(root, "scripts/bootstrap.mjs"), join(folder, "scripts/bootstrap.mjs"));
  for (const [file, packages] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), JSON.stringify({ packages }));
  }
  const calls = join(folder, "calls");
  writeFileSync(join(folder, "npm"), `#!/bin/sh\necho "$1" >> ${calls}\n${npm}\n`, { mode: 0o755 });
  // The fake npm must come before all others, those of node_modules/.bin too.
  const command = `PATH="${folder}:$PATH" exec "${process.execPath}" scripts/bootstrap.mjs`;
  const result = await runCommand("sh", ["-c", command], { cwd: folder });
  return { ...result, npmCalls: existsSync(calls) ? readFileSync(calls, "utf8").trimEnd().split("\n") : [] };
}

test("nothing is said or done when everything is there", async () => {
  const result = await bootstrap({ "package-lock.json": wanted, "node_modules/.package-lock.json": installed });
  expect(result).toEqual({ ok: true, stdout: "", output: "", npmCalls: [] });
});

test("the first run installs, with one line said", async () => {
  const result = await bootstrap({ "package-lock.json": wanted }, "echo noise >&2; echo noise");
  expect(result).toMatchObject({ ok: true, output: "Installing dependencies (first run) ...\n" });
  expect(result.npmCalls).toEqual(["ping", "install"]);
});

test("a package of another version or none is installed", async () => {
  for (const present of [{ ...installed, "node_modules/zod": { version: "3.0.0" } }, { "node_modules/zod": {} }]) {
    const result = await bootstrap({ "package-lock.json": wanted, "node_modules/.package-lock.json": present });
    expect(result).toMatchObject({ ok: true, output: "Installing dependencies (they changed) ...\n" });
    expect(result.npmCalls).toEqual(["ping", "install"]);
  }
});

test("an unreachable registry is said at once", async () => {
  const result = await bootstrap({ "package-lock.json": wanted }, "echo 'npm error code ENOTFOUND' >&2; exit 1");
  expect(result.ok).toBe(false);
  expect(result.output).toContain("The npm registry can't be reached (ENOTFOUND).");
  expect(result.npmCalls).toEqual(["ping"]);
});

test("a registry that knows no ping is no failure, a failed install is, with npm's messages", async () => {
  const result = await bootstrap({ "package-lock.json": wanted }, "echo 'npm error code E404' >&2; exit 1");
  expect(result.ok).toBe(false);
  expect(result.output).toContain("npm error code E404\nnpm install failed; its messages are above.");
});

test("a missing lock file is named", async () => {
  expect(await bootstrap({})).toMatchObject({
    ok: false,
    output: expect.stringContaining("package-lock.json is missing"),
  });
});
