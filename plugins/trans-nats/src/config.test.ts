import { expect, test } from "vitest";
import { transNatsConfig } from "./config.ts";

test("the original's section, with nothing but a URL, is enough", () => {
  expect(transNatsConfig.parse({ URL: "nats://10.0.0.1:4222" })).toEqual({
    URL: "nats://10.0.0.1:4222",
    MaxMessageBytes: 4_194_304,
    MaxInFlight: 10_000,
    KeepAliveMs: 2000,
  });
});

test.each([{ MaxInFlight: 0 }, { KeepAliveMs: 1 }, { MaxMessageBytes: 10 }])("%j is refused", (section) => {
  expect(() => transNatsConfig.parse(section)).toThrow();
});
