// cspell:ignore Consu Hsot Hust consulhost
import { describe, expect, it } from "vitest";
import { nearest, suggestion } from "./nearest.ts";

describe("nearest", () => {
  const keys = ["ConsulHost", "AliveHost", "AlivePort"];

  it.each([
    ["ConsuHost", "ConsulHost"],
    ["ConsulHsot", "ConsulHost"],
    ["consulhost", "ConsulHost"],
    ["AliveProt", "AlivePort"],
    ["AliveHost", "AliveHost"],
    ["Alive", "AliveHost"],
    ["Password", undefined],
    ["", undefined],
  ])("takes %j for %j", (word, expected) => {
    expect(nearest(word, keys)).toBe(expected);
  });

  it("counts a swap of neighbours as one change, so that it beats two replacements", () => {
    expect(nearest("Prot", ["Pact", "Port"])).toBe("Port");
  });

  it("takes the first of equally near candidates", () => {
    expect(nearest("Hust", ["Host", "Hist"])).toBe("Host");
  });

  it("finds nothing among nothing", () => {
    expect(nearest("Host", [])).toBeUndefined();
  });
});

describe("suggestion", () => {
  it("asks for the nearest, or says nothing", () => {
    expect(suggestion("Plugins", ["Options", "Plugin"])).toBe(' (did you mean "Plugin"?)');
    expect(suggestion("Zzz", ["Options", "Plugin"])).toBe("");
  });
});
