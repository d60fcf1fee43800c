import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { runM3 } from "../../test/support/run-in-process.ts";
import { temporaryFolder } from "../../test/support/temporary-folder.ts";

test("the plugins are listed with version, package and keys, the embedded ones too", async () => {
  const { code, stdout, stderr } = await runM3(["plugins", "--in", await temporaryFolder()]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout).toMatch(/^router_memory {2}\d+\.\d+\.\d+ {2}embedded\n {2}no keys\n/m);
  expect(stdout).toMatch(
    /^log_pino \(also log_zap\) {2}\d+\.\d+\.\d+ {2}@m3game\/log-pino\n {2}LogLevel, Encoding, File\n/m,
  );
});

test("one of them with what its keys may be", async () => {
  const { code, stdout } = await runM3(["plugins", "trans_tcp", "--in", await temporaryFolder()]);
  expect(code).toBe(0);
  expect(stdout).toContain('  Host: a text that is not empty; default "127.0.0.1"\n');
  expect(stdout).toMatch(/^ {2}Secret: .*; secret$/m);
  expect(stdout).toMatch(/^ {2}Tls\.CertFile: .*; required with Tls$/m);
  expect((await runM3(["plugins", "log_zap", "--in", await temporaryFolder()])).stdout).toMatch(/^log_pino /);
});

test("one that is not installed is wrong usage", async () => {
  const { code, stderr } = await runM3(["plugins", "db_oracle", "--in", await temporaryFolder()]);
  expect(code).toBe(2);
  expect(stderr).toContain("plugin db_oracle is not installed; there are router_memory, ");
});

test("a package that can't be used is named, the others are listed all the same", async () => {
  const folder = join(await temporaryFolder(), "game");
  const own = join(folder, "node_modules/@m3game/db-odd");
  await mkdir(own, { recursive: true });
  await writeFile(join(own, "package.json"), '{ "type": "module", "exports": "./odd.js" }');
  await writeFile(join(own, "odd.js"), "export default 1;");
  const { code, stdout, stderr } = await runM3(["plugins", "--in", folder]);
  expect(code).toBe(1);
  expect(stderr).toBe(
    "m3 plugins: @m3game/db-odd can't be used: its default export is no plugin made by definePlugin\n",
  );
  expect(stdout).toContain("trans_tcp");
});
