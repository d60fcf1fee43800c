import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type AppConfig, resolveAppConfig } from "./app-config.ts";
import { type ConfigTable, type ConfigValue, isList, isTable, readConfig } from "./source.ts";

// Each file with exactly the warnings that it must give, without the file's name.
const files = {
  "simpleapp.toml": [
    "Options.Mesh[0].WatcherInterSecond: is not used any more; the registry is watched, not polled",
    "Plugin.Broker.broker_nats[0].NatsURL: is called URL now",
    "Transport.Addr: is not used any more; an app listens where [[Plugin.Trans.trans_tcp]] or [[Plugin.Trans.trans_http2]] says",
    "Transport.BroadTimeOut: is not used any more; nobody waits for a broadcast",
  ],
  "multiapp.toml": [
    "Options.Mesh[0].WatcherInterSecond: is not used any more; the registry is watched, not polled",
    "Plugin.Log.log_zap[0].LogLevel: has blanks at its ends, which are ignored; remove them",
  ],
  "asyncapp.toml": [
    "Plugin.Broker.broker_nats[0].NatsURL: is called URL now",
    "Plugin.Metric.metric_prom[0].ConsulHost: is not used without ConsulSvc; set ConsulSvc to have the metrics endpoint registered",
    "Transport.Host: is not used any more; an app listens where [[Plugin.Trans.trans_tcp]] or [[Plugin.Trans.trans_http2]] says",
    "Transport.Port: is not used any more; an app listens where [[Plugin.Trans.trans_tcp]] or [[Plugin.Trans.trans_http2]] says",
    "Transport.BroadCastTimeOut: is not used any more; nobody waits for a broadcast",
    "Transport.BroadcastTimeout: is not used any more; nobody waits for a broadcast",
  ],
  "actorapp.toml": [
    "Options.Mesh[0].WatcherInterSecond: is not used any more; the registry is watched, not polled",
    "Plugin.DB.db_cache[0].Pass: is not used any more; a store in memory has no password",
    "Server.Actor[0].LuaFile: is not used any more; scripts belong to a plugin, [[Plugin.Script.…]]",
  ],
  "gateapp.toml": [
    "Options.Mesh.WatcherInterSecond: is not used any more; the registry is watched, not polled",
    "Plugin.Log.log_zap[0].LogLevel: has blanks at its ends, which are ignored; remove them",
  ],
  "roleapp.toml": [
    "Options.Mesh[0].WatcherInterSecond: is not used any more; the registry is watched, not polled",
    "Plugin.Trans.trans_nats[0].NatsURL: is called URL now",
  ],
};

// Every key of the original's files, in the order of the wire contract.
const originalKeys = `
  Transport.Host Transport.Port Transport.Addr
  Transport.BroadCastTimeOut Transport.BroadcastTimeout Transport.BroadTimeOut
  Options.Mesh.WatcherInterSecond Options.Resource.CfgPath Options.Shape.RuleConfigFile
  Plugin.Router.router_consul.ConsulHost Plugin.Router.router_consul.AliveHost Plugin.Router.router_consul.AlivePort
  Plugin.Broker.broker_nats.URL Plugin.Broker.broker_nats.NatsURL
  Plugin.DB.db_cache.Pass Plugin.DB.db_mongo.URI Plugin.DB.db_mongo.DataBase
  Plugin.DB.db_redis.Host Plugin.DB.db_redis.Port Plugin.DB.db_redis.Auth
  Plugin.DB.db_redis.MaxIdle Plugin.DB.db_redis.MaxActive
  Plugin.Lease.lease_etcd.Endpoints Plugin.Lease.lease_etcd.DialTimeout
  Plugin.Lease.lease_etcd.LeaseKeepLiveTime Plugin.Lease.lease_etcd.PreExitTime
  Plugin.Log.log_zap.LogLevel Plugin.Log.log_zap.Encoding
  Plugin.Metric.metric_prom.Host Plugin.Metric.metric_prom.Port Plugin.Metric.metric_prom.ConsulHost
  Plugin.Metric.metric_prom.ConsulSvc Plugin.Metric.metric_prom.ConsulAppPrefix
  Plugin.Trace.trace_stdout Plugin.Trace.trace_jaeger.Host Plugin.Gate.gate_grpc.Port
  Plugin.Shape.shape_sentinel.ConfigFile
  Plugin.Trans.trans_http2.Host Plugin.Trans.trans_http2.Port
  Plugin.Trans.trans_tcp.Host Plugin.Trans.trans_tcp.Port Plugin.Trans.trans_nats.URL
  Server.Actor.ActiveTimeOut Server.Actor.SaveTimeInter Server.Actor.TickTimeInter Server.Actor.MaxReqChanSize
  Server.Actor.MaxReqWaitTime Server.Actor.AutoCreate Server.Actor.LeaseMode Server.Actor.LeasePrefix
  Server.Actor.AllocLeaseTimeOut Server.Actor.WaitFreeLeaseTimeOut Server.Actor.LuaFile
  App.PrePareTime App.SlotNum App.CachePoolSize App.VoteLease App.AppAliveTimeOut
`
  .trim()
  .split(/\s+/);

const read = (name: string) => readConfig(join(import.meta.dirname, "fixtures", name));

async function resolveFile(name: string): Promise<AppConfig> {
  return resolveAppConfig(await read(name));
}

function plugin(config: AppConfig, name: string): ConfigTable | undefined {
  return config.plugins.find((section) => section.name === name)?.table;
}

function pathsOf(value: ConfigValue, path: string): string[] {
  if (isList(value)) return [path, ...value.flatMap((entry) => pathsOf(entry, path))];
  if (!isTable(value)) return [path];
  return Object.entries(value).flatMap(([key, inner]) => pathsOf(inner, path ? `${path}.${key}` : key));
}

describe("configs of the original's shape", () => {
  it.each(Object.entries(files))("%s resolves with exactly its warnings", async (name, warnings) => {
    const config = await resolveFile(name);
    const file = join(import.meta.dirname, "fixtures", name);
    expect(config.warnings).toEqual(warnings.map((warning) => `${file}: ${warning}`));
  });

  it("cover every key of the original's files", async () => {
    const trees = await Promise.all(Object.keys(files).map(async (name) => (await read(name)).tree));
    const covered = new Set(trees.flatMap((tree) => pathsOf(tree, "")));
    expect(originalKeys.filter((key) => !covered.has(key))).toEqual([]);
  });

  it("simpleapp: the renamed key reaches the plugin", async () => {
    const config = await resolveFile("simpleapp.toml");
    expect(config.plugins.map(({ kind, name, path }) => [kind, name, path])).toEqual([
      ["Router", "router_consul", "Plugin.Router.router_consul[0]"],
      ["Broker", "broker_nats", "Plugin.Broker.broker_nats[0]"],
    ]);
    expect(plugin(config, "broker_nats")).toEqual({ URL: "127.0.0.1:4222" });
  });

  it("multiapp: texts are trimmed and a used ConsulHost stays", async () => {
    const config = await resolveFile("multiapp.toml");
    expect(plugin(config, "log_zap")).toEqual({ LogLevel: "INFO", Encoding: "console" });
    expect(plugin(config, "metric_prom")).toMatchObject({ ConsulHost: "127.0.0.1:8500", ConsulSvc: "prometheus" });
    expect(config.options.Shape.RuleConfigFile).toBe("../../config/shaperule.toml");
  });

  it("asyncapp: an unused ConsulHost goes, a plugin without keys stays", async () => {
    const config = await resolveFile("asyncapp.toml");
    expect(plugin(config, "metric_prom")).toEqual({ Host: "127.0.0.1", Port: 20022 });
    expect(plugin(config, "trace_stdout")).toEqual({});
  });

  it("actorapp: the actor server's section is there, the password is in no warning", async () => {
    const config = await resolveFile("actorapp.toml");
    expect(plugin(config, "db_cache")).toEqual({});
    expect(config.servers.Actor).toMatchObject([
      { path: "Server.Actor[0]", table: { ActiveTimeOut: 60, AutoCreate: true, LeasePrefix: "/actor" } },
    ]);
    expect(config.servers.Actor?.[0]?.table).not.toHaveProperty("LuaFile");
    expect(config.options.Resource.CfgPath).toBe("../../config/resource");
    expect(config.warnings.join()).not.toContain("secret of the past");
  });

  it("roleapp: instances are told apart and [App] passes as it is", async () => {
    const config = await resolveFile("roleapp.toml");
    const redis = config.plugins.filter(({ name }) => name === "db_redis");
    expect(redis.map(({ instance, table }) => [instance, table.Port, "Name" in table])).toEqual([
      ["role", 6379, false],
      ["club", 6380, false],
    ]);
    expect(config.app.table).toEqual({
      PrePareTime: 5,
      SlotNum: 16,
      CachePoolSize: 1000,
      VoteLease: "/vote ",
      AppAliveTimeOut: 30,
    });
  });
});
