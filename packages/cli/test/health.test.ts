import { transHttp2 } from "@m3game/trans-http2";
import { startApp } from "m3game";
import { expect, onTestFinished, test } from "vitest";
import app from "./fixtures/quiet-app.ts";
import { runM3 } from "./support/run-in-process.ts";

test("an app that takes new work is healthy, one that drains or is gone is not", async () => {
  const id = "test.world1.talk.1";
  const running = await startApp(app, { id, config: "[[Plugin.Trans.trans_http2]]\n", plugins: [transHttp2] });
  onTestFinished(() => running[Symbol.asyncDispose]());
  const [{ endpoint } = { endpoint: "" }] = running.endpoints;
  expect(await runM3(["health", endpoint])).toEqual({ code: 0, stdout: "SERVING\n", stderr: "" });
  expect(await runM3(["health", endpoint, "m3test.TalkSer"])).toMatchObject({ code: 0 });
  expect(await runM3(["health", endpoint, "m3test.NoSer"])).toMatchObject({ code: 1, stdout: "" });
  await running.drain();
  expect(await runM3(["health", endpoint])).toEqual({ code: 1, stdout: "NOT_SERVING\n", stderr: "" });
  await running.stop();
  const gone = await runM3(["health", endpoint, "--timeout", "500"]);
  expect(gone).toMatchObject({ code: 1, stderr: expect.stringContaining("m3 health: ") });
});

test.each([[[]], [["localhost"]], [["127.0.0.1:1", "a", "b"]], [["127.0.0.1:1", "--timeout", "soon"]]])(
  "wrong usage: m3 health %j",
  async (args) => {
    expect((await runM3(["health", ...args])).code).toBe(2);
  },
);
