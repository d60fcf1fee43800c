import { expect, test } from "vitest";
import { formatEndpoint, parseEndpoint } from "./endpoint.ts";

test("an endpoint is parsed as it was formatted", () => {
  for (const host of ["127.0.0.1", "localhost", "::1", "game-1.example.com"]) {
    expect(parseEndpoint(formatEndpoint(host, 20_051))).toEqual({ host, port: 20_051 });
  }
  expect(formatEndpoint("::1", 1)).toBe("[::1]:1");
});

test("text that is no endpoint is refused", () => {
  for (const text of ["", "host", "host:", ":1", "host:0", "host:65536", "host:1x", "::1:80", "host:123456"]) {
    expect(() => parseEndpoint(text)).toThrow(`"${text}" is no endpoint`);
  }
});
