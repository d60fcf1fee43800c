import { describe, expect, test } from "vitest";
import { parseOptions } from "./options.ts";

const suites = ["rpc", "start"];

describe("parseOptions", () => {
  test("defaults to three rounds of three seconds of every case", () => {
    expect(parseOptions(["rpc"], suites)).toEqual({ suite: "rpc", json: undefined, filter: [], seconds: 3, rounds: 3 });
  });

  test("takes a list of filters and the other options in any order", () => {
    const argv = ["--filter", "limit,trans_tcp@256", "start", "--json=out.json", "--seconds", "0.5", "--rounds", "1"];
    expect(parseOptions(argv, suites)).toEqual({
      suite: "start",
      json: "out.json",
      filter: ["limit", "trans_tcp@256"],
      seconds: 0.5,
      rounds: 1,
    });
  });

  test.each([
    [[], "name one suite: rpc, start (found: nothing)"],
    [["rcp"], "found: rcp"],
    [["rpc", "start"], "found: rpc start"],
    [["rpc", "--seconds", "fast"], '--seconds is "fast"'],
    [["rpc", "--rounds", "0"], '--rounds is "0"'],
    [["rpc", "--fliter", "x"], "--fliter"],
  ])("refuses %j", (argv, message) => {
    expect(() => parseOptions(argv, suites)).toThrow(message);
  });
});
