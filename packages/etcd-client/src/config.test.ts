import { expect, test } from "vitest";
import { parseEndpoints } from "./config.ts";

test("endpoints are host:port, with or without a scheme", () => {
  expect(parseEndpoints("a:1, https://b:2/,http://c:3,[::1]:4")).toEqual([
    { address: "a:1", secure: false },
    { address: "b:2", secure: true },
    { address: "c:3", secure: false },
    { address: "[::1]:4", secure: false },
  ]);
  for (const wrong of ["", "a", "a:1,", "a:1 b:2", "ftp://a:1", "user@a:1", "a:b"]) {
    expect(parseEndpoints(wrong)).toBeUndefined();
  }
});
