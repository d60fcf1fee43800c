import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describeWithService } from "@m3game/testing";
import { expect, test } from "vitest";

const program = fileURLToPath(new URL("main.ts", import.meta.url));

// The other servers are up where this one is: `npm run services -- up` brings all of them.
describeWithService("consul", "churn", () => {
  test("memory stays flat while players, clients and instances come and go", async () => {
    const { stdout } = await promisify(execFile)(process.execPath, ["--expose-gc", program, "--cycles", "9"]);
    expect(stdout).toMatch(/9 cycles; the last third holds -?[\d.]+ MiB more than the middle third\n$/);
  });
});
