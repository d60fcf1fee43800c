import { expect, test } from "vitest";
import { http2Config } from "./config.ts";

test("an empty section has the defaults", () => {
  expect(http2Config.parse({})).toEqual({
    Host: "127.0.0.1",
    Port: 0,
    MaxMessageBytes: 4194304,
    MaxInFlight: 10000,
    KeepAliveMs: 10000,
  });
});

test.each([
  [{ Port: 65536 }, "Port"],
  [{ Port: "80" }, "Port"],
  [{ MaxMessageBytes: 0 }, "MaxMessageBytes"],
  [{ Hots: "127.0.0.1" }, ""],
  [{ Tls: { CertFile: "a.pem" } }, "Tls.KeyFile"],
  [{ Tls: { CertFile: "a.pem", KeyFile: "a.key", RequireClientCert: true } }, "Tls.CaFile"],
])("%j is refused at the key that is wrong", (section, path) => {
  const issues = http2Config.safeParse(section).error?.issues ?? [];
  expect(issues.map((issue) => issue.path.join("."))).toContain(path);
});
