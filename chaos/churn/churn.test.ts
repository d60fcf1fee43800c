import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describeWithService } from "@m3game/testing";
import { expect, test } from "vitest";

const program = fileURLToPath(new URL("main.ts", import.meta.url));

// The other servers are up where this one is: `npm run services -- up` brings all of them.
describeWithService("consul", "churn", () => {
  // A thousand calls and more in each cycle, on a machine that may be busy.
  test("memory stays flat while players, clients and instances come and go", { timeout: 300_000 }, async ({
    signal,
  }) => {
    const args = ["--expose-gc", program, "--cycles", "9"];
    const { stdout } = await promisify(execFile)(process.execPath, args, { signal });
    expect(stdout).toMatch(/9 cycles; the last third holds -?[\d.]+ MiB more than the middle third\n$/);
  });
});
