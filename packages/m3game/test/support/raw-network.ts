import { onTestFinished } from "vitest";
import {
  type AppDefinition,
  createMemoryHub,
  type Link,
  type MemoryHub,
  type PluginContext,
  parseAppId,
  routerMemory,
  silentLogger,
  startApp,
  systemClock,
  transMemory,
} from "../../src/index.ts";
import type { TestOutboundCall } from "./outbound-call.ts";
import { RecordingLog } from "./recording-log.ts";

/** Apps of one hub, which a test reaches below the RPC layer: call by call. */
export class RawNetwork {
  readonly hub: MemoryHub = createMemoryHub();
  readonly log = new RecordingLog();

  /** Starts an app that ends with the test. */
  async start(app: AppDefinition, id: string, config = "") {
    const started = await startApp(app, {
      id,
      hub: this.hub,
      plugins: [this.log.plugin],
      config: config + this.log.config,
    });
    onTestFinished(() => started.stop());
    return started;
  }

  /** Registers an app that takes calls and never answers. */
  async startSilent(id: string): Promise<void> {
    const { app, service } = parseAppId(id);
    const context = contextOf(id);
    const trans = await transMemory(this.hub).create({}, context);
    await trans.listen({ app, services: [], controls: [], dispatch: () => {}, isReady: () => true });
    const router = await routerMemory(this.hub).create({}, context);
    await router.register({ app, service, host: app, port: 0, meta: { "m3ep.memory": app } });
    onTestFinished(async () => {
      await router[Symbol.asyncDispose]();
      await trans[Symbol.asyncDispose]();
    });
  }

  /** A link to an app, from an app that is not there. */
  async connect(targetApp: string): Promise<Link> {
    const sourceApp = "test.w1.caller.1";
    const trans = await transMemory(this.hub).create({}, contextOf(sourceApp));
    onTestFinished(() => trans[Symbol.asyncDispose]());
    return trans.connect({ sourceApp, targetApp, endpoint: targetApp, onState: () => {} });
  }

  /** Sends a call to an app; resolves with the payload of the answer or the error. */
  async send(targetApp: string, call: TestOutboundCall): Promise<unknown> {
    const link = await this.connect(targetApp);
    link.send(call);
    return call.ended;
  }
}

function contextOf(id: string): PluginContext {
  return {
    app: parseAppId(id),
    log: silentLogger,
    clock: systemClock,
    options: { Shape: {} },
    resolvePath: (path) => path,
    health: () => ({ alive: true, ready: true }),
    call: () => Promise.reject(new Error("it makes no calls")),
  };
}
