import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { checkConformance } from "./conformance.ts";

test("a plugin of any kind without a run of its suite is named, one with it is not", () => {
  const root = mkdtempSync(join(tmpdir(), "m3game-conformance-"));
  onTestFinished(() => rmSync(root, { recursive: true }));
  const files = {
    "plugins/router-a/package.json": "{}",
    "plugins/router-a/test/conformance.test.ts": 'runRouterConformance({ name: "a" });',
    "plugins/broker-b/package.json": "{}",
    "plugins/broker-b/src/b.test.ts": 'import { runBrokerConformance } from "@m3game/testing";',
    "plugins/log-c/package.json": "{}",
    "plugins/log-c/test/log.test.ts": "runBrokerConformance({});",
    "plugins/shared/README.md": "",
  };
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), text);
  }
  expect(checkConformance(root)).toEqual([
    "plugins/broker-b has no conformance run: call runBrokerConformance of @m3game/testing in a test of it",
    "plugins/log-c has no conformance run: call runLogConformance of @m3game/testing in a test of it",
  ]);
});
