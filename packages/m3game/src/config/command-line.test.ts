// cspell:ignore conif idst
import { describe, expect, it } from "vitest";
import { parseCommandLine } from "./command-line.ts";

const id = "example.world1.simple.1";

describe("parseCommandLine", () => {
  it.each([
    [["-idstr", id, "-conf", "simple.toml"]],
    [["--idstr", id, "--conf", "simple.toml"]],
    [[`--idstr=${id}`, "--conf=simple.toml"]],
    [[`-idstr=${id}`, "-conf=simple.toml"]],
    [["-conf", "simple.toml", "--idstr", id]],
  ])("reads %j", (argv) => {
    expect(parseCommandLine(argv)).toEqual({ id, configFile: "simple.toml", env: {}, rest: [] });
  });

  it("does without a config file", () => {
    expect(parseCommandLine(["-idstr", id]).configFile).toBeUndefined();
  });

  it("collects -env, keeps = in values and lets the last win", () => {
    const { env } = parseCommandLine(["-idstr", id, "-env", "A=1", "--env=B=x=y", "-env", "C=", "-env", "A=2"]);
    expect(env).toEqual({ A: "2", B: "x=y", C: "" });
  });

  it("keeps an -env key that is a name of Object.prototype", () => {
    const { env } = parseCommandLine(["-idstr", id, "-env", "__proto__=x"]);
    expect(Object.entries(env)).toEqual([["__proto__", "x"]]);
  });

  it("hands on what is no flag", () => {
    expect(parseCommandLine(["run", "-idstr", id, "app.ts", "-", "--", "-conf", "x"]).rest).toEqual([
      "run",
      "app.ts",
      "-",
      "-conf",
      "x",
    ]);
  });

  it("takes a value that begins with a dash only after =", () => {
    expect(parseCommandLine(["-idstr", id, "-conf=-odd.toml"]).configFile).toBe("-odd.toml");
    expect(() => parseCommandLine(["-idstr", id, "-conf", "-odd.toml"])).toThrow(/flag -conf has no value/);
  });

  it("names an unknown flag, the nearest and all", () => {
    expect(() => parseCommandLine(["-idst", id])).toThrow(
      'unknown flag -idst (did you mean "-idstr"?); allowed: -idstr ID, -conf FILE, -env KEY=VALUE',
    );
    expect(() => parseCommandLine(["--conif=x", "-idstr", id])).toThrow(
      /unknown flag --conif \(did you mean "-conf"\?\)/,
    );
    expect(() => parseCommandLine(["-zzzzzzzz"])).toThrow(/unknown flag -zzzzzzzz; allowed: -idstr ID/);
    expect(() => parseCommandLine(["-toString"])).toThrow(/unknown flag -toString/);
  });

  it.each([[["-idstr"]], [["-idstr", "-conf", "x"]], [["--idstr="]]])(
    "says that the value is missing in %j",
    (argv) => {
      expect(() => parseCommandLine(argv)).toThrow(/flag -idstr has no value: write -idstr ID .*; allowed: -idstr ID/);
    },
  );

  it("wants -idstr, once", () => {
    expect(() => parseCommandLine([])).toThrow(/flag -idstr is missing: write -idstr env\.world\.func\.ins/);
    expect(() => parseCommandLine(["-idstr", id, "--idstr", id])).toThrow(/flag -idstr is there twice/);
  });

  it("wants a key in -env and does not repeat what was given", () => {
    expect(() => parseCommandLine(["-idstr", id, "-env", "hunter2"])).toThrow(/^flag -env wants KEY=VALUE/);
    expect(() => parseCommandLine(["-idstr", id, "-env", "=x"])).toThrow(/^flag -env wants KEY=VALUE/);
  });

  it("throws CONFIG_INVALID", () => {
    expect(() => parseCommandLine(["-x"])).toThrow(expect.objectContaining({ reason: "CONFIG_INVALID" }));
  });
});
