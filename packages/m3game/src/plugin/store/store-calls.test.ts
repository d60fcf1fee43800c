import { createManualClock } from "@m3game/testing";
import { expect, test } from "vitest";
import { StoreCalls } from "./store-calls.ts";

test("all who close it wait until the last call has ended, and no longer", async () => {
  const calls = new StoreCalls({ name: "db_test", clock: createManualClock() });
  const { promise, resolve } = Promise.withResolvers<string>();
  const call = calls.run({ kind: "read", signal: undefined }, () => promise);
  const closed = Promise.all([calls.close(), calls.close()]);
  resolve("done");
  expect(await call).toBe("done");
  await closed;
  await expect(calls.run({ kind: "read", signal: undefined }, () => promise)).rejects.toMatchObject({
    reason: "PLUGIN_FAILED",
  });
});
