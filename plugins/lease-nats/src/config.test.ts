import { expect, test } from "vitest";
import { leaseNatsConfig } from "./config.ts";

test("everything has a default", () => {
  expect(leaseNatsConfig.parse({})).toEqual({
    URL: "127.0.0.1:4222",
    Bucket: "m3lease",
    LeaseKeepLiveTime: 10,
    Replicas: 1,
  });
});

test.each([
  [{ PreExitTime: 6 }, "at most half of LeaseKeepLiveTime"],
  [{ Bucket: "a.b" }, "write a name"],
  [{ URL: "http://a:1" }, "write host:port"],
])("%j is refused", (section, message) => {
  expect(() => leaseNatsConfig.parse(section)).toThrow(message);
});
