import { describe, expect, it } from "vitest";
import { formatKeyPath, isWithin } from "./key-path.ts";

describe("formatKeyPath", () => {
  it.each([
    [[], ""],
    [["Plugin", "Trans", "trans_tcp", 0, "Port"], "Plugin.Trans.trans_tcp[0].Port"],
    [["App", "a.b", "c d"], 'App."a.b"."c d"'],
  ])("writes %j as %s", (path, text) => {
    expect(formatKeyPath(path)).toBe(text);
  });

  it("goes on from a base", () => {
    expect(formatKeyPath(["Hosts", 1], "Plugin.DB.db_redis[0]")).toBe("Plugin.DB.db_redis[0].Hosts[1]");
  });
});

describe("isWithin", () => {
  it("tells a value and what lies in it from its neighbours", () => {
    expect(isWithin("App.Slot", "App.Slot")).toBe(true);
    expect(isWithin("App.Slot.Num", "App.Slot")).toBe(true);
    expect(isWithin("App.Slot[0]", "App.Slot")).toBe(true);
    expect(isWithin("App.SlotNum", "App.Slot")).toBe(false);
    expect(isWithin("App", "App.Slot")).toBe(false);
  });
});
