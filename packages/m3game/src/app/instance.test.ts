import { expect, test } from "vitest";
import { parseAppId } from "../meta/app-id.ts";
import type { Trans } from "../plugin/trans.ts";
import { toInstance } from "./instance.ts";

const id = parseAppId("test.w1.back.1");

const trans = (scheme: string, isGrpc = false): Trans => ({
  scheme,
  preference: 1,
  isGrpc,
  listen: () => Promise.reject(new Error("not used")),
  connect: () => {
    throw new Error("not used");
  },
  [Symbol.asyncDispose]: async () => {},
});

const endpoint = (scheme: string, text: string) => ({ scheme, endpoint: text });

test("the address is that of plain gRPC, wherever it stands in the config", () => {
  const endpoints = [endpoint("tcp", "127.0.0.1:7001"), endpoint("http2", "127.0.0.1:20051")];
  const instance = toInstance(id, {
    endpoints,
    transports: [trans("tcp"), trans("http2", true)],
    controlKey: "key",
    version: "1.2",
  });
  expect(instance).toMatchObject({ app: "test.w1.back.1", service: "test.w1.back", host: "127.0.0.1", port: 20_051 });
  expect(instance.meta).toMatchObject({
    "m3ep.tcp": "127.0.0.1:7001",
    "m3ep.http2": "127.0.0.1:20051",
    m3control: "key",
    m3version: "1.2",
  });
});

test.each([
  ["127.0.0.1:7001", "127.0.0.1", 7001],
  ["[::1]:7001", "[::1]", 7001],
  ["nats://127.0.0.1", "nats://127.0.0.1", 0],
  ["inbox", "inbox", 0],
])("without gRPC it is that of the first transport: %s", (text, host, port) => {
  const parts = { endpoints: [endpoint("x", text)], transports: [trans("x")], controlKey: "key" };
  expect(toInstance(id, parts)).toMatchObject({ host, port });
});
