import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isList, isTable, parseConfig, readConfig } from "./source.ts";

function messageOf(text: string): string {
  try {
    parseConfig(text, "simple.toml");
  } catch (error) {
    expect(error).toMatchObject({ reason: "CONFIG_INVALID" });
    return error instanceof Error ? error.message : "";
  }
  throw new Error("parsed");
}

describe("parseConfig", () => {
  it("parses tables, lists of tables and values", () => {
    const text = '[[Plugin.Trans.trans_tcp]]\r\nPort = 20051\r\nHost = "h" # why\r\n[App]\r\nA = [1, 2]\r\n';
    expect(parseConfig(text, "simple.toml")).toEqual({
      file: "simple.toml",
      tree: { Plugin: { Trans: { trans_tcp: [{ Port: 20051, Host: "h" }] } }, App: { A: [1, 2] } },
    });
  });

  it("parses an empty text and one with a byte order mark", () => {
    expect(parseConfig("", "x").tree).toEqual({});
    expect(parseConfig("\ufeffA = 1", "x").tree).toEqual({ A: 1 });
  });

  it("says file, line and column", () => {
    expect(messageOf("[App]\nA = 1\n  B = oops\n")).toBe("simple.toml:3:7: invalid value");
    expect(messageOf("A = 1\nA = 2\n")).toMatch(/^simple\.toml:2:1: trying to redefine/);
    expect(messageOf("A = 99999999999999999999")).toMatch(/^simple\.toml:1:5: integer/);
  });

  it.each([
    ['Addr = "127.0.0.1:22105"\t// listener', 1],
    ["A = 1\nB = 1 // one", 2],
    ["// a whole line\nA = 1", 1],
    ["[App] // the app", 1],
    ["A = [1, // one\n2]", 1],
  ])("says of %j that TOML's comments begin with #", (text, line) => {
    const message = messageOf(text);
    expect(message).toMatch(new RegExp(`^simple\\.toml:${line}:\\d+: `));
    expect(message).toContain("a comment begins with # in TOML, not with //");
  });

  it("takes // inside a text for no comment", () => {
    expect(messageOf('A = "http://x" B')).not.toContain("comment");
    expect(messageOf("A = 'nats://x' B")).not.toContain("comment");
  });

  it("never shows the text of the file", () => {
    expect(messageOf('Password = "hunter2" x')).not.toContain("hunter2");
    expect(messageOf("Password = hunter2")).not.toContain("hunter2");
    expect(messageOf('Password = "hunter2')).not.toContain("hunter2");
  });

  it("refuses keys that would reach into prototypes", () => {
    expect(messageOf("__proto__.a = 1")).toContain("unsafe");
  });
});

describe("readConfig", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "m3-config-"));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it("reads a file", async () => {
    const file = join(folder, "a.toml");
    await writeFile(file, "[App]\nA = 1\n");
    expect(await readConfig(file)).toEqual({ file, tree: { App: { A: 1 } } });
  });

  it("says that a file is missing, and where it looked", async () => {
    const file = join(folder, "none.toml");
    await expect(readConfig(file)).rejects.toMatchObject({
      reason: "CONFIG_INVALID",
      message: `config file ${file} does not exist; check -conf, or config in the cluster file`,
    });
    await expect(readConfig("none.toml")).rejects.toThrow(
      `none.toml does not exist (looked for ${resolve("none.toml")})`,
    );
  });

  it("says that a file is a folder, or else what the system says", async () => {
    await expect(readConfig(folder)).rejects.toThrow(`config file ${folder} is a folder`);
    await expect(readConfig("a\0b")).rejects.toThrow(/^config file a\0b can't be read: /);
  });

  it("names the file in a parse error", async () => {
    const file = join(folder, "bad.toml");
    await writeFile(file, "A =\n");
    await expect(readConfig(file)).rejects.toThrow(`${file}:1:`);
  });
});

describe("isTable and isList", () => {
  it("tell the kinds of values apart", () => {
    const { tree } = parseConfig("T = {}\nL = [1]\nD = 2020-01-01\nS = 's'\n[[A]]\n", "x");
    const kinds = Object.entries(tree).map(([key, value]) => [key, isTable(value), isList(value)]);
    expect(kinds).toEqual([
      ["T", true, false],
      ["L", false, true],
      ["D", false, false],
      ["S", false, false],
      ["A", false, true],
    ]);
    expect(isTable(undefined)).toBe(false);
  });
});
