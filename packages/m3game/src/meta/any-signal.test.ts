import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { anySignal } from "./any-signal.ts";

setFlagsFromString("--expose-gc");
const collectGarbage: () => void = runInNewContext("gc");

function followOneThatAborts(): AbortSignal {
  const controller = new AbortController();
  const signal = anySignal([controller.signal, new AbortController().signal]);
  controller.abort("stop");
  return signal;
}

test("is aborted by each of them, and stays so when that one is garbage", async () => {
  const signal = followOneThatAborts();
  await new Promise(setImmediate);
  collectGarbage();
  expect(signal.reason).toBe("stop");
  expect(signal.aborted).toBe(true);
});

test("is aborted from the start by one that was before, and else not", () => {
  const { signal } = new AbortController();
  expect(anySignal([signal, AbortSignal.abort("over")]).reason).toBe("over");
  expect(anySignal([signal]).aborted).toBe(false);
});
