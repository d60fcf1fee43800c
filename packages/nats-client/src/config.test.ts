import { expect, test } from "vitest";
import { natsConfig, serversOf } from "./config.ts";

test("the default is a server on this machine", () => {
  expect(serversOf(natsConfig.parse({}))).toEqual(["127.0.0.1:4222"]);
});

test("an address may have the scheme nats, and there may be several", () => {
  expect(serversOf(natsConfig.parse({ URL: "nats://a:1, b:2" }))).toEqual(["nats://a:1", "b:2"]);
});

test.each(["", "http://a:1", "nats://user:pw@a:1", "a:1,,b:2"])("the address %j is refused", (URL) => {
  expect(() => natsConfig.parse({ URL })).toThrow("write host:port");
});
