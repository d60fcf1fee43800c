import { expect, test } from "vitest";
import { consulConfig, isHiddenFromConsul, parseConsulHost } from "./config.ts";

test("defaults are an agent and a health check on this machine", () => {
  expect(consulConfig.parse({})).toEqual({ ConsulHost: "127.0.0.1:8500", AliveHost: "127.0.0.1", AlivePort: 0 });
});

test.each([
  ["127.0.0.1:8500", { host: "127.0.0.1", port: 8500, secure: false }],
  ["http://consul:80", { host: "consul", port: 80, secure: false }],
  ["https://consul.example:8501/", { host: "consul.example", port: 8501, secure: true }],
])("%s is taken apart", (text, expected) => {
  expect(parseConsulHost(text)).toEqual(expected);
});

test.each(["", "consul", "consul:0", "consul:65536", "ftp://consul:1", "a b:1", "u:p@consul:1"])(
  "%j is refused",
  (text) => {
    expect(() => consulConfig.parse({ ConsulHost: text })).toThrow("write host:port");
  },
);

test.each([
  [true, { ConsulHost: "consul:8500" }],
  [true, { ConsulHost: "10.0.0.1:8500", AliveHost: "localhost" }],
  [false, { ConsulHost: "localhost:8500" }],
  [false, { ConsulHost: "consul:8500", AliveHost: "10.0.0.7" }],
])("%j: Consul can't ask an app for its health at the loopback of another machine: %j", (hidden, config) => {
  expect(isHiddenFromConsul(consulConfig.parse(config))).toBe(hidden);
});
