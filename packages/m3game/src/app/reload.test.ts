import { describe, expect, onTestFinished, test } from "vitest";
import { z } from "zod";
import { callerApp, failure } from "../../test/support/cluster.ts";
import { secret } from "../config/secret.ts";
import { type LogLevel, silentLogger } from "../plugin/log.ts";
import { definePlugin, type PluginDefinition } from "../plugin/plugin.ts";
import { defineApp } from "./define-app.ts";
import { type StartOptions, startApp } from "./start-app.ts";

const id = "test.w1.caller.1";

interface Line {
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** A log whose level can be seen, with what was written. */
function leveledLog() {
  const lines: Line[] = [];
  const levels: LogLevel[] = [];
  const write = (message: string, fields = {}) => void lines.push({ message, fields });
  const logger = { ...silentLogger, debug: write, info: write, warn: write, child: () => logger };
  const plugin: PluginDefinition = definePlugin({
    kind: "log",
    name: "log_leveled",
    config: z.object({
      LogLevel: z.string().default("INFO"),
      File: z.string().default(""),
      Key: secret().default(""),
    }),
    create: () => ({
      logger,
      get level() {
        return levels.at(-1) ?? "info";
      },
      set level(level: LogLevel) {
        levels.push(level);
      },
      [Symbol.asyncDispose]: async () => {},
    }),
  });
  return { plugin, lines, levels };
}

async function start(config: string, rest: Partial<StartOptions> = {}) {
  const log = leveledLog();
  const app = await startApp(callerApp(), { id, plugins: [log.plugin], config, ...rest });
  onTestFinished(() => app.stop());
  log.lines.length = 0;
  return { app, ...log };
}

const logSection = "[[Plugin.Log.log_leveled]]\n";

describe("a reload", () => {
  test.each(["DEBUG", "warn", " Error "])("sets the log level at once: %s", async (level) => {
    const { app, levels, lines } = await start(logSection);
    await app.reload(`${logSection}LogLevel = "${level}"\n`);
    expect(levels).toEqual([level.trim().toLowerCase()]);
    expect(lines.map(({ message }) => message)).toContain("config reloaded");
    expect(lines.map(({ message }) => message)).not.toContain("parts of the config changed that need a restart");
  });

  test("names what needs a restart, and changes nothing of it", async () => {
    const { app, lines } = await start(`${logSection}[Options.Rpc]\nTimeoutMs = 10\n[App]\nSlots = 1\n`);
    await app.reload(
      `${logSection}File = "x"\n[[Plugin.Broker.broker_memory]]\n[Options.Rpc]\nTimeoutMs = 20\n[App]\nSlots = 2\n`,
    );
    expect(lines.at(-1)).toEqual({
      message: "parts of the config changed that need a restart",
      fields: {
        changed: expect.arrayContaining([
          "App",
          "Options.Rpc",
          "Plugin.Log.log_leveled",
          "Plugin.Broker.broker_memory[0]",
        ]),
      },
    });
    expect(app.config).toEqual({ Slots: 1 });
  });

  test.each([
    ["no TOML", "[App", "config"],
    ["an unknown option", "[Options.Rpc]\nTimeOutMs = 10\n", "TimeoutMs"],
    ["an unknown plugin", "[[Plugin.DB.db_none]]\n", "npm i @m3game/db-none"],
    ["a wrong value", `${logSection}LogLevel = 5\n`, "LogLevel"],
  ])("of %s changes nothing", async (_name, config, message) => {
    const { app, levels, lines } = await start(logSection);
    expect(String(await failure(app.reload(config)))).toContain(message);
    expect([levels, lines]).toEqual([[], []]);
    expect(app.state).toBe("ready");
  });

  test("keeps the overrides of the environment", async () => {
    const env = { M3__Plugin__Log__log_leveled__LogLevel: "WARN" };
    const { app, levels } = await start(logSection, { env });
    await app.reload(`${logSection}LogLevel = "DEBUG"\n`);
    expect(levels).toEqual(["warn"]);
  });

  test("repeats the warnings of the config", async () => {
    const { app, lines } = await start(logSection);
    await app.reload(`${logSection}[Transport]\nHost = "x"\n`);
    expect(lines[0]?.message).toContain("Transport");
  });

  test("checks the table of the app", async () => {
    const definition = defineApp({ func: "caller", servers: [], config: z.object({ Slots: z.int().default(1) }) });
    await using app = await startApp(definition, { id });
    expect(await failure(app.reload("[App]\nSlots = 'x'\n"))).toMatchObject({ reason: "CONFIG_INVALID" });
    await app.reload("[App]\nSlots = 2\n");
    expect(app.config.Slots).toBe(1);
  });
});

describe("the log plugin", () => {
  test("is the default where the config names none", async () => {
    const log = leveledLog();
    await using _app = await startApp(callerApp(), { id, plugins: [log.plugin], defaultLog: "log_leveled" });
    expect(log.lines.map(({ message }) => message)).toContain("ready");
  });

  test("shows what plugins start with, without secrets", async () => {
    const log = leveledLog();
    const plugin = definePlugin({
      kind: "broker",
      name: "broker_secret",
      config: z.object({ URL: z.string(), Auth: secret() }),
      create: () => ({
        maxPayloadBytes: 1,
        publish: async () => {},
        subscribe: async () => ({ [Symbol.asyncDispose]: async () => {} }),
        [Symbol.asyncDispose]: async () => {},
      }),
    });
    const config = `${logSection}[[Plugin.Broker.broker_secret]]\nURL = "x"\nAuth = "hunter2"\n`;
    await using _app = await startApp(callerApp(), { id, plugins: [log.plugin, plugin], config });
    expect(log.lines).toContainEqual({ message: "starting", fields: { config: { URL: "x", Auth: "***" } } });
    expect(JSON.stringify(log.lines)).not.toContain("hunter2");
  });
});

describe("app.plugin", () => {
  const hooks = definePlugin({
    kind: "script",
    name: "script_named",
    config: z.object({ Text: z.string() }),
    create: ({ Text }) => Object.assign(Object.create(null), { Text, [Symbol.asyncDispose]: async () => {} }),
  });
  const config = `[[Plugin.Script.script_named]]\nText = "one"\n[[Plugin.Script.script_named]]\nName = "b"\nText = "two"\n`;

  test("gives the plugin of a kind, the first or the one of a name", async () => {
    await using app = await startApp(callerApp(), { id, plugins: [hooks], config });
    expect(app.plugin("script")).toMatchObject({ Text: "one" });
    expect(app.plugin("script", "b")).toMatchObject({ Text: "two" });
    expect(() => app.plugin("script", "c")).toThrow(
      expect.objectContaining({
        reason: "PLUGIN_MISSING",
        message: 'the config of this app names no script plugin with Name = "c"',
      }),
    );
    expect(() => app.plugin("db")).toThrow("the config of this app names no db plugin: add its section");
  });
});
