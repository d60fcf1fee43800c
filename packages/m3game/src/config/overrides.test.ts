import { describe, expect, it } from "vitest";
import { applyOverrides } from "./overrides.ts";
import { type ConfigTable, parseConfig } from "./source.ts";

function apply(text: string, env: Record<string, string | undefined>): ConfigTable {
  return applyOverrides(parseConfig(text, "app.toml"), env).tree;
}

function problems(text: string, env: Record<string, string>): string[] {
  try {
    apply(text, env);
  } catch (error) {
    expect(error).toMatchObject({ reason: "CONFIG_INVALID" });
    return error instanceof Error ? error.message.split("\n") : [];
  }
  return [];
}

const file = `
[[Options.Rpc]]
TimeoutMs = 5000
[[Plugin.Trans.trans_tcp]]
Host = "127.0.0.1"
Port = 20051
[[Plugin.DB.db_redis]]
Host = "a"
[[Plugin.DB.db_redis]]
Host = "b"
[App]
Debug = false
Hosts = ["a", "b"]
Since = 2020-01-01
Limits = { Low = 1 }
`;

describe("applyOverrides", () => {
  it("replaces a value in the first of a list of tables", () => {
    const tree = apply(file, {
      M3__Plugin__Trans__trans_tcp__Port: "20052",
      PATH: "/bin",
      M3_OTHER: "x",
      M3__Gone: undefined,
    });
    expect(tree).toMatchObject({ Plugin: { Trans: { trans_tcp: [{ Host: "127.0.0.1", Port: 20052 }] } } });
    expect(tree).not.toHaveProperty("Gone");
  });

  it("replaces a value in the table with that number, and adds the next", () => {
    const env = {
      M3__Plugin__DB__db_redis__1__Host: "B",
      M3__Plugin__DB__db_redis__2__Host: "C",
      M3__Plugin__DB__db_redis__0__Host: "A",
    };
    expect(apply(file, env)).toMatchObject({
      Plugin: { DB: { db_redis: [{ Host: "A" }, { Host: "B" }, { Host: "C" }] } },
    });
  });

  it("adds ten and more in their order", () => {
    const numbers = Array.from({ length: 12 }, (_, index) => index);
    const env = Object.fromEntries(numbers.map((index) => [`M3__Plugin__DB__db_redis__${index}__Port`, `${index}`]));
    expect(apply("", env)).toEqual({ Plugin: { DB: { db_redis: numbers.map((Port) => ({ Port })) } } });
  });

  it("finds keys whatever their case, the exact one first", () => {
    expect(apply(file, { M3__PLUGIN__TRANS__TRANS_TCP__PORT: "1" })).toMatchObject({
      Plugin: { Trans: { trans_tcp: [{ Port: 1 }] } },
    });
    expect(apply("[App]\nKEY = 1\nkey = 2", { M3__App__key: "3" })).toEqual({ App: { KEY: 1, key: 3 } });
  });

  it("creates missing tables, lists where the config has lists, under their known names", () => {
    const env = {
      M3__plugin__router__router_consul__ConsulHost: "c:8500",
      M3__options__mesh__A: "1",
      M3__server__actor__SaveTimeInter: "5",
      M3__app__Deep__Key: "x",
    };
    expect(apply("", env)).toEqual({
      Plugin: { Router: { router_consul: [{ ConsulHost: "c:8500" }] } },
      Options: { Mesh: [{ A: 1 }] },
      Server: { Actor: [{ SaveTimeInter: 5 }] },
      App: { Deep: { Key: "x" } },
    });
  });

  it("goes into a single table where a list could be", () => {
    const text = "[Options.Rpc]\nTimeoutMs = 1";
    expect(apply(text, { M3__Options__Rpc__TimeoutMs: "2" })).toEqual({ Options: { Rpc: { TimeoutMs: 2 } } });
    expect(apply(text, { M3__Options__Rpc__0__TimeoutMs: "2" })).toEqual({ Options: { Rpc: { TimeoutMs: 2 } } });
    expect(apply(text, { M3__Options__Rpc__0: "{ A = 1 }" })).toEqual({ Options: { Rpc: { A: 1 } } });
  });

  it.each([
    ["Host is a text", "M3__Plugin__DB__db_redis__Host", "5", { Plugin: { DB: { db_redis: [{ Host: "5" }, {}] } } }],
    ["an empty text", "M3__Plugin__DB__db_redis__Host", "", { Plugin: { DB: { db_redis: [{ Host: "" }, {}] } } }],
    ["a boolean", "M3__App__Debug", "true", { App: { Debug: true } }],
    ["a list", "M3__App__Hosts", '["c"]', { App: { Hosts: ["c"] } }],
    ["an entry of a list", "M3__App__Hosts__1", "c", { App: { Hosts: ["a", "c"] } }],
    ["a further entry of a list", "M3__App__Hosts__2", "c", { App: { Hosts: ["a", "b", "c"] } }],
    ["a table", "M3__App__Limits", "{ High = 2 }", { App: { Limits: { High: 2 } } }],
    [
      "a list of tables by one",
      "M3__Plugin__DB__db_redis",
      '{ Host = "c" }',
      { Plugin: { DB: { db_redis: [{ Host: "c" }] } } },
    ],
    ["a list of tables by a list", "M3__Plugin__DB__db_redis", "[{}, {}]", { Plugin: { DB: { db_redis: [{}, {}] } } }],
  ])("keeps the type of what it replaces: %s", (_what, variable, text, expected) => {
    expect(apply(file, { [variable]: text })).toMatchObject(expected);
  });

  it.each([
    ["20052", 20052],
    ["1.5", 1.5],
    ["true", true],
    ["[1, 2]", [1, 2]],
    ["{ A = 1 }", { A: 1 }],
    ['"20052"', "20052"],
    ["127.0.0.1:4222", "127.0.0.1:4222"],
    ["plain text # no comment", "plain text # no comment"],
    ["1\nOther = 2", "1\nOther = 2"],
    ["", ""],
  ])("a value that replaces none is TOML or a text: %j", (text, value) => {
    expect(apply("", { M3__App__New: text })).toEqual({ App: { New: value } });
  });

  it("adds a plugin without keys", () => {
    expect(apply("", { M3__Plugin__Router__router_memory: "{}" })).toEqual({
      Plugin: { Router: { router_memory: [{}] } },
    });
  });

  it("keeps to own keys", () => {
    const tree = apply("", { M3__App__constructor__prototype__polluted: "1", M3__App__toString: "x" });
    expect(tree).toEqual({ App: { constructor: { prototype: { polluted: 1 } }, toString: "x" } });
    expect({}).not.toHaveProperty("polluted");
    expect(problems("", { M3__constructor: "{}" })).toEqual([]);
  });

  it("remembers which variable set what, by key path", () => {
    const first = applyOverrides(parseConfig(file, "app.toml"), { M3__plugin__trans__trans_tcp__port: "1" });
    const second = applyOverrides(first, { M3__Plugin__Trans__trans_tcp__Port: "2", M3__App__Debug: "true" });
    expect([...(second.overrides ?? [])]).toEqual([
      ["Plugin.Trans.trans_tcp[0].Port", "M3__Plugin__Trans__trans_tcp__Port"],
      ["App.Debug", "M3__App__Debug"],
    ]);
  });

  it("leaves the given config as it is", () => {
    const source = parseConfig(file, "app.toml");
    const before = structuredClone(source.tree);
    applyOverrides(source, { M3__App__Hosts__0: "x", M3__Options__Rpc__TimeoutMs: "1" });
    expect(source.tree).toEqual(before);
    expect(source.overrides).toBeUndefined();
  });

  it("reports all problems, one per line, without the values", () => {
    const env = {
      M3__Options__Rpc__TimeoutMs: "hunter2",
      M3__App__Debug: "hunter2",
      M3__App__Hosts: "hunter2",
      M3__App__Since: "hunter2",
      M3__App__Limits: "hunter2",
      M3__App__Debug__On: "hunter2",
      M3__App__Hosts__5: "hunter2",
      M3__Plugin__DB__db_redis: "hunter2",
      M3__Plugin____Port: "hunter2",
      M3__: "hunter2",
      M3__Plugin__Trans__trans_tcp__Port: "1",
      M3__plugin__trans__trans_tcp__port: "2",
    };
    expect(problems(file, env).sort()).toEqual(
      [
        "environment variable M3__Options__Rpc__TimeoutMs: Options.Rpc[0].TimeoutMs wants a number",
        "environment variable M3__App__Debug: App.Debug wants true or false",
        'environment variable M3__App__Hosts: App.Hosts wants a TOML list such as ["a", "b"]',
        "environment variable M3__App__Since: App.Since wants a TOML date or time",
        "environment variable M3__App__Limits: App.Limits wants a TOML table such as { Port = 1 }",
        'environment variable M3__App__Debug__On: App.Debug is a boolean and holds no "On"',
        "environment variable M3__App__Hosts__5: App.Hosts has 2 entries, so that 2 is the next, not 5",
        "environment variable M3__Plugin__DB__db_redis: Plugin.DB.db_redis wants a TOML table such as { Port = 1 }",
        "environment variable M3__Plugin____Port: a part of its name is empty; write M3__Table__Key with two underscores between the parts",
        "environment variable M3__: a part of its name is empty; write M3__Table__Key with two underscores between the parts",
        "environment variable M3__Plugin__Trans__trans_tcp__Port: sets Plugin.Trans.trans_tcp[0].Port, as M3__plugin__trans__trans_tcp__port does; keep one of them",
      ].sort(),
    );
  });
});
