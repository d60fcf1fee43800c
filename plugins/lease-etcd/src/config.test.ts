import { expect, test } from "vitest";
import { etcdConfig, parseEndpoints } from "./config.ts";

test("the original's section is taken", () => {
  const section = { Endpoints: "127.0.0.1:2379,127.0.0.1:2380", DialTimeout: 5, LeaseKeepLiveTime: 10, PreExitTime: 3 };
  expect(etcdConfig.parse(section)).toEqual(section);
});

test("everything has a default", () => {
  expect(etcdConfig.parse({})).toEqual({ Endpoints: "127.0.0.1:2379", DialTimeout: 5, LeaseKeepLiveTime: 10 });
});

test("endpoints are host:port, with or without a scheme", () => {
  expect(parseEndpoints("a:1, https://b:2/,http://c:3,[::1]:4")).toEqual([
    { address: "a:1", secure: false },
    { address: "b:2", secure: true },
    { address: "c:3", secure: false },
    { address: "[::1]:4", secure: false },
  ]);
  for (const wrong of ["", "a", "a:1,", "a:1 b:2", "ftp://a:1", "user@a:1", "a:b"]) {
    expect(parseEndpoints(wrong)).toBeUndefined();
    expect(() => etcdConfig.parse({ Endpoints: wrong })).toThrow("write host:port");
  }
});

test.each([
  [{ PreExitTime: 6 }, "at most half of LeaseKeepLiveTime"],
  [{ LeaseKeepLiveTime: 1 }, "LeaseKeepLiveTime"],
  [{ Username: "june" }, "Username and Password go together"],
  [{ Tls: { CertFile: "a.pem" } }, "CertFile and KeyFile go together"],
  [{ Endpoint: "a:1" }, "Endpoint"],
])("%j is refused", (section, message) => {
  expect(() => etcdConfig.parse(section)).toThrow(message);
});
