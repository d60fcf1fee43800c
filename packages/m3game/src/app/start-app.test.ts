import { describe, expect, onTestFinished, test, vi } from "vitest";
import { z } from "zod";
import { backApp, callerApp, failure, frontApp } from "../../test/support/cluster.ts";
import { compileFile } from "../../test/support/descriptors.ts";
import { stopTime } from "../../test/support/fake-time.ts";
import { BackSer } from "../../test/support/services.ts";
import { type Step, TracedPlugins, type TraceOptions } from "../../test/support/traced-plugins.ts";
import { reasonError } from "../meta/error.ts";
import { multi } from "../server/multi.ts";
import type { App } from "./app.ts";
import { startCluster } from "./cluster.ts";
import { type AppDefinition, defineApp } from "./define-app.ts";
import { type StartOptions, startApp } from "./start-app.ts";

const id = "test.w1.back.1";
const started = ["+log", "+broker", "+router", "+trans", "onInit", "+listen", "+subscribe", "+register", "onReady"];
const stopped = ["-register", "-subscribe", "drain", "-listen", "onStop", "-trans", "-router", "-broker", "-log"];

/** An app with traced plugins and hooks; `hook` runs within each hook. */
function traced(options: TraceOptions = {}, hook: (name: string, app: App) => unknown = () => {}) {
  const trace = new TracedPlugins(options);
  const run = (name: string) => async (app: App) => {
    await hook(name, app);
    trace.steps.push(name);
  };
  const definition = backApp({}, { onInit: run("onInit"), onReady: run("onReady"), onStop: run("onStop") });
  const start = async (rest: Partial<StartOptions> = {}) => {
    const { hub, plugins, config } = trace;
    const app = await startApp(definition, { id, hub, plugins, ...rest, config: config + (rest.config ?? "") });
    onTestFinished(() => app.stop());
    return app;
  };
  /** Nothing is left: another app can start in its place, and sees nobody. */
  const expectNothingLeft = async () => {
    const other = await startApp(backApp(), { id, hub: trace.hub });
    expect((await other.instances("test.w1.back")).map(({ app }) => app)).toEqual([id]);
    await other.stop();
  };
  return { trace, start, expectNothingLeft };
}

describe("the stages", () => {
  test("run in order, and in reverse at the stop", async () => {
    const { trace, start, expectNothingLeft } = traced();
    const app = await start();
    expect(trace.steps).toEqual(started);
    trace.steps.length = 0;
    await app.stop();
    expect(trace.steps).toEqual(stopped);
    await expectNothingLeft();
  });

  test("are gone through once, however often the app is stopped", async () => {
    const { trace, start } = traced();
    const app = await start();
    trace.steps.length = 0;
    await Promise.all([app.stop(), app.stop(), app.drain(), app[Symbol.asyncDispose]()]);
    await app.stop();
    expect(trace.steps).toEqual(stopped);
    expect(app.state).toBe("stopped");
  });

  const steps: readonly Step[] = ["log", "broker", "router", "trans", "listen", "subscribe", "register"];

  test.each(steps)("that fail at %s are undone as far as they got", async (step) => {
    const error = reasonError("PLUGIN_FAILED", `${step} is broken`);
    const { trace, start, expectNothingLeft } = traced({
      onStart: (current) => {
        if (current === step) throw error;
      },
    });
    expect(await failure(start())).toBe(error);
    const reached = started.slice(0, started.indexOf(`+${step}`));
    const undone = reached.map((name) => (name === "onInit" ? "onStop" : name.replace("+", "-"))).toReversed();
    expect(trace.steps).toEqual([...reached, ...undone]);
    await expectNothingLeft();
  });

  test.each(["onInit", "onReady"])("are undone when %s throws", async (name) => {
    const { trace, start, expectNothingLeft } = traced({}, (current) => {
      if (current === name) throw new Error(`${name} is broken`);
    });
    expect(await failure(start())).toEqual(new Error(`${name} is broken`));
    const reached = started.slice(0, started.indexOf(name));
    const undone = reached.map((step) => (step === "onInit" ? "onStop" : step.replace("+", "-"))).toReversed();
    expect(trace.steps).toEqual([...reached, ...undone]);
    await expectNothingLeft();
  });

  test("go on in reverse when one of them does not stop cleanly, and the rest still stops", async () => {
    const { trace, start } = traced(
      {
        onStop: (step) => {
          if (step === "listen") throw new Error("does not close");
        },
      },
      (name) => {
        if (name === "onStop") throw new Error("onStop is broken");
      },
    );
    const app = await start();
    trace.steps.length = 0;
    await app.stop();
    expect(trace.steps).toEqual(stopped.filter((step) => step !== "-listen" && step !== "onStop"));
  });
});

describe("the time limit of a stage", () => {
  test.each([
    ["broker", "BROKER"],
    ["listen", "LISTEN"],
    ["register", "REGISTER"],
  ] as const)("names the stage: %s", async (step, stage) => {
    const time = stopTime();
    const opened = Promise.withResolvers<void>();
    const { trace, start, expectNothingLeft } = traced({
      onStart: (current) => (current === step ? opened.promise : undefined),
    });
    const error = failure(start({ config: "[Options.Life]\nStageTimeoutMs = 700\n" }));
    await time.pass(701);
    expect(await error).toMatchObject({
      reason: "START_TIMEOUT",
      message: `stage ${stage} did not start within 700 ms; raise StageTimeoutMs in [Options.Life] if it needs longer`,
    });
    expect(trace.steps).not.toContain(`+${step}`);
    // It comes up after all: it is ended at once.
    opened.resolve();
    await time.pass(0);
    expect(trace.steps.slice(-2)).toEqual([`+${step}`, `-${step}`]);
    await expectNothingLeft();
  });

  test.each(["onInit", "onReady"])("holds for %s", async (name) => {
    const time = stopTime();
    const { start, expectNothingLeft } = traced({}, (current) =>
      current === name ? Promise.withResolvers<void>().promise : undefined,
    );
    const error = failure(start());
    await time.pass(10_001);
    expect(await error).toMatchObject({
      reason: "START_TIMEOUT",
      message: expect.stringContaining(`stage ${name.slice(2).toUpperCase()} did not start within 10000 ms`),
    });
    await expectNothingLeft();
  });

  test("holds for the stop: the rest stops all the same", async () => {
    const time = stopTime();
    const { trace, start } = traced({
      onStop: (step) => (step === "register" ? Promise.withResolvers<void>().promise : undefined),
    });
    const app = await start();
    trace.steps.length = 0;
    const done = app.stop();
    await time.pass(10_001);
    await done;
    expect(trace.steps).toEqual(stopped.slice(1));
  });
});

describe("a start that is called off", () => {
  const cancelled = { reason: "CANCELLED", message: "the app was stopped while it started" };

  test("by a signal that was aborted before starts nothing", async () => {
    const { trace, start } = traced();
    expect(await failure(start({ signal: AbortSignal.abort() }))).toMatchObject(cancelled);
    expect(trace.steps).toEqual([]);
  });

  test("by a signal is undone as far as it got", async () => {
    const abort = new AbortController();
    const { trace, start } = traced({
      onStart: (step) => {
        if (step !== "listen") return undefined;
        abort.abort();
        return Promise.withResolvers<void>().promise;
      },
    });
    expect(await failure(start({ signal: abort.signal }))).toMatchObject(cancelled);
    expect(trace.steps.slice(5)).toEqual(["onStop", "-trans", "-router", "-broker", "-log"]);
  });

  test.each(["stop", "drain"] as const)("by the app's own %s is undone as far as it got", async (method) => {
    const { trace, start, expectNothingLeft } = traced({}, async (name, app) => {
      if (name === "onInit") await app[method]();
    });
    expect(await failure(start())).toMatchObject(cancelled);
    // The hook goes on once its app has stopped, and what it made is ended.
    const ended = [...["-trans", "-router", "-broker", "-log"], ...["onInit", "onStop"]];
    await vi.waitFor(() => expect(trace.steps.filter((step) => !step.startsWith("+"))).toEqual(ended), {
      timeout: 20_000,
    });
    await expectNothingLeft();
  });

  test("a signal that is aborted later does not stop a running app", async () => {
    const abort = new AbortController();
    const { start } = traced();
    const app = await start({ signal: abort.signal });
    abort.abort();
    expect(app.state).toBe("ready");
    expect((await app.client(BackSer).say({ number: 7 })).number).toBe(7);
  });
});

describe("what is wrong is found before anything starts", () => {
  /** Starts and expects the failure, with no plugin started. */
  async function refusal(definition: AppDefinition, options: Partial<StartOptions> = {}): Promise<unknown> {
    const { hub, plugins, steps, config } = new TracedPlugins();
    const given = options.config ?? "";
    const error = await failure(
      startApp(definition, {
        id,
        hub,
        ...options,
        plugins: [...plugins, ...(options.plugins ?? [])],
        config: config + given,
      }),
    );
    expect(steps).toEqual([]);
    return error;
  }

  test.each([
    ["test.w1.back", "has 3 parts"],
    ["test.w1.front.1", "names the function front, but this app's function is back: write test.w1.back.1"],
  ])("the app id %s", async (wrong, message) => {
    expect(await refusal(backApp(), { id: wrong })).toMatchObject({
      reason: "ID_INVALID",
      message: expect.stringContaining(message),
    });
  });

  test("a proto option", async () => {
    const [service] = compileFile({
      name: "m3test/wrong.proto",
      package: "m3test",
      messageType: [{ name: "Empty" }],
      service: [
        { name: "WrongSer", method: [{ name: "Do", inputType: ".m3test.Empty", outputType: ".m3test.Empty" }] },
      ],
    }).services;
    if (service === undefined) throw new Error("the file has no service");
    expect(await refusal(defineApp({ func: "back", servers: [multi(service, {})] }))).toMatchObject({
      reason: "PROTO_INVALID",
      message: expect.stringContaining("m3test/wrong.proto: method m3test.WrongSer.Do"),
    });
  });

  test("a plugin that is not installed, with the package to install", async () => {
    const asked: string[] = [];
    const resolvePlugin = async (name: string) => {
      asked.push(name);
      return undefined;
    };
    const config = "[[Plugin.Broker.broker_nats]]\n";
    expect(await refusal(backApp(), { config, resolvePlugin })).toMatchObject({
      reason: "PLUGIN_MISSING",
      message:
        "config: Plugin.Broker.broker_nats[0]: plugin broker_nats is not installed: " +
        "correct its name (m3 plugins lists those that are), or npm i @m3game/broker-nats",
    });
    expect(asked).toEqual(["broker_nats"]);
  });

  test("a plugin under another kind", async () => {
    expect(await refusal(backApp(), { config: "[[Plugin.Broker.router_memory]]\n" })).toMatchObject({
      reason: "CONFIG_INVALID",
      message: expect.stringContaining("router_memory is a router plugin; it belongs under Plugin.Router"),
    });
  });

  test("two plugins where one is needed", async () => {
    const config = "[[Plugin.Router.router_memory]]\n[[Plugin.Router.router_memory]]\nName = 'b'\n";
    expect(await refusal(backApp(), { config })).toMatchObject({
      reason: "CONFIG_INVALID",
      message: expect.stringContaining("an app has one router; the config names router_memory and router_memory"),
    });
  });

  test.each([
    ["[[Plugin.Router.router_memory]]\nHost = 'x'\n", "Host"],
    ["[Options.Life]\nDrainTimeoutMs = 0\n", "DrainTimeoutMs"],
    ["[Options.Rpc]\nTimeoutMs = 'long'\n", "TimeoutMs"],
    ["[App]\nSlots = 'many'\n", "App.Slots"],
    ["[Wrong]\n", "Wrong"],
  ])("the config %j", async (config, message) => {
    const schema = z.object({ Slots: z.int().default(4) });
    expect(await refusal({ ...backApp(), config: schema }, { config })).toMatchObject({
      reason: "CONFIG_INVALID",
      message: expect.stringContaining(message),
    });
  });
});

test("two servers of one service stop the start", async () => {
  const { trace } = traced();
  const [server] = backApp().servers;
  if (server === undefined) throw new Error("the app has no server");
  const app = backApp({}, { servers: [server, server] });
  expect(await failure(startApp(app, { id, hub: trace.hub }))).toMatchObject({
    reason: "DUPLICATE_SERVICE",
    message: "two servers implement m3test.BackSer; remove one",
  });
});

test("two apps of one id can't run in one cluster; the first is unharmed", async () => {
  const { start } = traced();
  const app = await start();
  expect(await failure(start())).toMatchObject({ reason: "PORT_IN_USE" });
  expect((await app.client(BackSer).say({ number: 7 })).number).toBe(7);
});

describe("the config of an app", () => {
  const schema = z.object({ Slots: z.int().default(4), Name: z.string() });

  test("is typed and checked, with its defaults", async () => {
    const seen: number[] = [];
    const definition = defineApp({
      func: "back",
      servers: [],
      config: schema,
      onInit: ({ config }) => void seen.push(config.Slots + 1),
    });
    await using app = await startApp(definition, { id, config: "[App]\nName = 'June'\n" });
    const name: string = app.config.Name;
    expect([name, app.config.Slots, seen]).toEqual(["June", 4, [5]]);
  });

  test("is no obstacle to a cluster of apps with others", async () => {
    const definition = defineApp({
      func: "back",
      servers: [],
      config: schema,
      onInit: ({ config }) => void config.Slots,
    });
    await using cluster = await startCluster([
      { app: definition, id, config: "[App]\nName = 'June'\n" },
      { app: callerApp(), id: "test.w1.caller.1" },
    ]);
    expect(cluster.app(id).config).toEqual({ Name: "June", Slots: 4 });
  });

  test("may be anything where the app says nothing", async () => {
    await using app = await startApp(callerApp(), { id: "test.w1.caller.1", config: "[App]\nPrePareTime = 3\n" });
    expect(app.config).toEqual({ PrePareTime: 3 });
  });

  test("is overridden by the environment", async () => {
    const definition = defineApp({ func: "back", servers: [], config: schema });
    const env = { M3__App__Slots: "9", M3__App__Name: "May", OTHER: "x" };
    await using app = await startApp(definition, { id, config: "[App]\nName = 'June'\n", env });
    expect(app.config).toEqual({ Slots: 9, Name: "May" });
    expect(await failure(startApp(definition, { id, env: { M3__App__Slots: "many" } }))).toMatchObject({
      reason: "CONFIG_INVALID",
      message: expect.stringContaining("M3__App__Slots"),
    });
  });
});

test("the hooks of two apps of one definition see each its own app", async () => {
  const seen: string[] = [];
  const app = frontApp({}, { onInit: (self) => void seen.push(self.id.app) });
  await using first = await startApp(app, { id: "test.w1.front.1" });
  await using second = await startApp(app, { id: "test.w1.front.2" });
  expect(seen).toEqual([first.id.app, second.id.app]);
});
