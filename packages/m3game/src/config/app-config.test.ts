// cspell:ignore Fligt Plugn Routr
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { type AppConfig, resolveAppConfig } from "./app-config.ts";
import { applyOverrides } from "./overrides.ts";
import { checkSection } from "./section.ts";
import { parseConfig } from "./source.ts";

function resolve(text: string, env: Record<string, string> = {}): AppConfig {
  return resolveAppConfig(applyOverrides(parseConfig(text, "app.toml"), env));
}

function problems(text: string, env?: Record<string, string>): string[] {
  try {
    resolve(text, env);
  } catch (error) {
    expect(error).toMatchObject({ reason: "CONFIG_INVALID" });
    return error instanceof Error ? error.message.split("\n") : [];
  }
  return [];
}

describe("resolveAppConfig", () => {
  it("needs nothing: options have defaults", () => {
    expect(resolve("")).toEqual({
      options: {
        Mesh: {},
        Resource: {},
        Shape: {},
        Rpc: { TimeoutMs: 5000, MaxInFlight: 10_000, AllowBreakingProtos: false },
        Life: { StageTimeoutMs: 10_000, DrainTimeoutMs: 30_000 },
      },
      plugins: [],
      app: { file: "app.toml", path: "App", table: {}, overrides: new Map() },
      servers: {},
      warnings: [],
    });
  });

  it("takes options as a table and as a list of one", () => {
    const text =
      '[[Options.Rpc]]\nTimeoutMs = 100\n[Options.Life]\nDrainTimeoutMs = 1\n[Options.Resource]\nCfgPath = "cfg"';
    expect(resolve(text).options).toMatchObject({
      Rpc: { TimeoutMs: 100, MaxInFlight: 10_000 },
      Life: { StageTimeoutMs: 10_000, DrainTimeoutMs: 1 },
      Resource: { CfgPath: "cfg" },
    });
  });

  it("knows every kind of plugin, in the order of the file", () => {
    const kinds = ["Script", "Trans", "Gate", "Shape", "Trace", "Metric", "Log", "Lease", "DB", "Broker", "Router"];
    const text = kinds.map((kind) => `[[Plugin.${kind}.x_y]]`).join("\n");
    expect(resolve(text).plugins.map(({ kind }) => kind)).toEqual(kinds);
  });

  it("takes a plugin as a single table too", () => {
    expect(resolve("[Plugin.Trans.trans_tcp]\nPort = 1").plugins).toMatchObject([
      { path: "Plugin.Trans.trans_tcp", kind: "Trans", name: "trans_tcp", instance: "", table: { Port: 1 } },
    ]);
  });

  it("hands [App] on without looking into it", () => {
    const text = '[App]\nText = " x "\nAnything = { Goes = [1] }';
    const { app, warnings } = resolve(text);
    expect(app.table).toEqual({ Text: " x ", Anything: { Goes: [1] } });
    expect(warnings).toEqual([]);
  });

  it("reports unknown tables with the nearest known one", () => {
    expect(problems("[Plugins.Router.x]\n[Options.Meh]\n[Plugin.Routr]\n[[Server.Actors]]\n[Zzz]")).toEqual([
      'app.toml: Plugins: unknown table (did you mean "Plugin"?); allowed tables: Options, Plugin, Server, App',
      "app.toml: Zzz: unknown table; allowed tables: Options, Plugin, Server, App",
      'app.toml: Options.Meh: unknown option (did you mean "Mesh"?); allowed options: Mesh, Resource, Shape, Rpc, Life',
      'app.toml: Plugin.Routr: unknown plugin kind (did you mean "Router"?); allowed plugin kinds: Router, Broker, DB, Lease, Log, Metric, Trace, Shape, Gate, Trans, Script',
      'app.toml: Server.Actors: unknown server (did you mean "Actor"?); allowed servers: Actor, Gate',
    ]);
  });

  it("reports values where tables belong", () => {
    expect(problems("Plugin = 1\nApp = [1]\nTransport = 1\n[Options]\nRpc = 5\n[Server]\nActor = [1]")).toEqual([
      "app.toml: Options.Rpc: is no table; write [[Options.Rpc]]",
      "app.toml: Plugin: is no table; write [Plugin]",
      "app.toml: Server.Actor: is no table; write [[Server.Actor]]",
      "app.toml: App: is no table; write [App]",
      "app.toml: Transport: is no table; write [[Transport]]",
    ]);
    expect(problems("[Plugin]\nDB = 1\n[Plugin.Trans]\ntrans_tcp = 20051")).toEqual([
      "app.toml: Plugin.DB: is no table; write [Plugin.DB]",
      "app.toml: Plugin.Trans.trans_tcp: is no table; write [[Plugin.Trans.trans_tcp]]",
    ]);
  });

  it("reports wrong options, all at once", () => {
    const text =
      '[Options.Rpc]\nTimeoutMs = 0\nMaxInFligt = 5\n[[Options.Life]]\nStageTimeoutMs = "10s"\n[[Options.Life]]';
    expect(problems(text)).toEqual([
      "app.toml: Options.Rpc.TimeoutMs: found 0; allowed: a whole number from 1 to 2147483647",
      'app.toml: Options.Rpc.MaxInFligt: unknown key (did you mean "MaxInFlight"?); allowed keys: TimeoutMs, MaxInFlight, AllowBreakingProtos',
      "app.toml: Options.Life[1]: is there twice; keep one of them",
      'app.toml: Options.Life[0].StageTimeoutMs: found "10s"; allowed: a whole number from 1 to 2147483647',
    ]);
  });

  it("reports keys of [Transport] that the original never had", () => {
    expect(problems("[Transport]\nPort = 1\nTls = true")).toEqual([
      "app.toml: Transport.Tls: unknown key; no keys are allowed here",
    ]);
  });

  it("tells instances of one plugin apart by Name, which must differ", () => {
    const text = (...names: string[]) => names.map((name) => `[[Plugin.DB.db_redis]]\n${name}`).join("\n");
    expect(resolve(text("", 'Name = "club"')).plugins.map(({ instance }) => instance)).toEqual(["", "club"]);
    expect(problems(text('Name = "a"', 'Name = "a "'))).toEqual([
      'app.toml: Plugin.DB.db_redis[1].Name: found "a", as in Plugin.DB.db_redis[0]; give each db_redis a Name of its own',
    ]);
    expect(problems(text("", ""))).toEqual([
      "app.toml: Plugin.DB.db_redis[1].Name: found nothing, as in Plugin.DB.db_redis[0]; give each db_redis a Name of its own",
    ]);
    expect(problems(text("Name = 5"))).toEqual(["app.toml: Plugin.DB.db_redis[0].Name: found 5; allowed: a text"]);
    expect(resolve("[[Plugin.Trans.trans_tcp]]\n[[Plugin.Trans.trans_http2]]").plugins).toHaveLength(2);
  });

  it("warns of legacy keys that are set by a variable, naming it", () => {
    const { plugins, warnings } = resolve("", { M3__Plugin__Broker__broker_nats__NatsURL: "h:1" });
    expect(warnings).toEqual([
      "environment variable M3__Plugin__Broker__broker_nats__NatsURL: Plugin.Broker.broker_nats[0].NatsURL: is called URL now",
    ]);
    expect(plugins).toMatchObject([{ table: { URL: "h:1" } }]);
  });

  it("lets a new key win over the legacy one and says so", () => {
    const text = '[[Plugin.Broker.broker_nats]]\nNatsURL = "old"\nURL = "new"';
    const { plugins, warnings } = resolve(text);
    expect(plugins[0]?.table).toEqual({ URL: "new" });
    expect(warnings).toEqual([
      "app.toml: Plugin.Broker.broker_nats[0].NatsURL: is called URL now; it is ignored, since URL is set as well",
    ]);
  });

  it("names the variable for a renamed key too", () => {
    const { plugins } = resolve("", { M3__Plugin__Broker__broker_nats__NatsURL: "5" });
    const [broker] = plugins;
    const schema = z.object({ URL: z.string() });
    expect(() => broker && checkSection(schema, broker)).toThrow(
      "environment variable M3__Plugin__Broker__broker_nats__NatsURL: Plugin.Broker.broker_nats[0].URL: found 5; allowed: a text",
    );
  });

  it("names the variable in problems", () => {
    expect(problems("", { M3__Options__Rpc__TimeoutMs: "0", M3__Plugn__A: "1" })).toEqual([
      'environment variable M3__Plugn__A: Plugn: unknown table (did you mean "Plugin"?); allowed tables: Options, Plugin, Server, App',
      "environment variable M3__Options__Rpc__TimeoutMs: Options.Rpc[0].TimeoutMs: found 0; allowed: a whole number from 1 to 2147483647",
    ]);
  });
});
