import { expect, test } from "vitest";
import { etcdConfig } from "./config.ts";

test("the original's section is taken", () => {
  const section = { Endpoints: "127.0.0.1:2379,127.0.0.1:2380", DialTimeout: 5, LeaseKeepLiveTime: 10, PreExitTime: 3 };
  expect(etcdConfig.parse(section)).toEqual(section);
});

test("everything has a default", () => {
  expect(etcdConfig.parse({})).toEqual({ Endpoints: "127.0.0.1:2379", DialTimeout: 5, LeaseKeepLiveTime: 10 });
});

test.each([
  [{ PreExitTime: 6 }, "at most half of LeaseKeepLiveTime"],
  [{ LeaseKeepLiveTime: 1 }, "LeaseKeepLiveTime"],
  [{ Username: "june" }, "Username and Password go together"],
  [{ Tls: { CertFile: "a.pem" } }, "CertFile and KeyFile go together"],
  [{ Endpoints: "a" }, "write host:port"],
  [{ Endpoint: "a:1" }, "Endpoint"],
])("%j is refused", (section, message) => {
  expect(() => etcdConfig.parse(section)).toThrow(message);
});
