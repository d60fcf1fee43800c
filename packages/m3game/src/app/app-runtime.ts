import { dirname, resolve } from "node:path";
import type { DescService } from "@bufbuild/protobuf";
import type { ConfigSource } from "../config/source.ts";
import { EntityDb } from "../entity/entity-db.ts";
import { EntityStore } from "../entity/entity-store.ts";
import { anySignal } from "../meta/any-signal.ts";
import type { AppId } from "../meta/app-id.ts";
import type { Clock } from "../meta/clock.ts";
import { reasonError } from "../meta/error.ts";
import type { LeaderCandidate, LeaderHandlers } from "../ownership/leader.ts";
import type { Leases } from "../ownership/leases.ts";
import type { Db } from "../plugin/db.ts";
import type { GateListener } from "../plugin/gate.ts";
import { type Log, type Logger, silentLogger } from "../plugin/log.ts";
import type { Meter } from "../plugin/metric.ts";
import { noMetrics } from "../plugin/no-metrics.ts";
import type { Health, PluginContext, PluginInstances, PluginKind } from "../plugin/plugin.ts";
import type { Instance, Router } from "../plugin/router.ts";
import type { Listener, Trans } from "../plugin/trans.ts";
import type { Resource } from "../resource/resource.ts";
import { ResourceStore } from "../resource/resource-store.ts";
import type { Client } from "../rpc/client.ts";
import type { ClientFactory } from "../rpc/client-factory.ts";
import type { ClientSource } from "../rpc/define-client.ts";
import { ServiceRegistry } from "../rpc/service-registry.ts";
import { ScriptHooks } from "../script/script-hooks.ts";
import type { Actor, ActorClass } from "../server/actor/actor.ts";
import type { Actors } from "../server/actor/actors.ts";
import { ControlKey } from "../server/control-key.ts";
import type { Telemetry } from "../telemetry/telemetry.ts";
import type { App, AppEndpoint, AppState } from "./app.ts";
import type { ChosenPlugin } from "./app-plugins.ts";
import { AppRegistration } from "./app-registration.ts";
import { type AppSettings, changedSections, logLevel } from "./app-settings.ts";
import type { AppDefinition } from "./define-app.ts";
import { endWork } from "./end-work.ts";
import { toInstance } from "./instance.ts";
import { Lifecycle, type StageName } from "./lifecycle.ts";
import { reloadAll } from "./reload-all.ts";
import { RunningPlugins } from "./running-plugins.ts";
import { type Core, leaseMissing, startCore } from "./start-core.ts";
import type { RunningGate } from "./start-gate.ts";
import type { RunningOwnership } from "./start-ownership.ts";
import { type SupportKind, supportKinds } from "./support-kinds.ts";

export interface AppRuntimeOptions<C> {
  readonly id: AppId;
  readonly settings: AppSettings<C>;
  /** The settings that a changed config stands for. Rejects when anything in it is wrong. */
  readonly resolve: (config: string | ConfigSource) => Promise<AppSettings<C>>;
  /** No other app shares its embedded plugins. */
  readonly isAlone: boolean;
  /** It calls others and is called by nobody. */
  readonly observes: boolean;
  readonly clock: Clock;
  readonly signal: AbortSignal | undefined;
}

/** How long the clients of a gate that stops may take to go on at another one, in milliseconds. */
const clientDrainMs = 3000;

const supportStages = {
  metric: "METRIC",
  trace: "TRACE",
  shape: "SHAPE",
  script: "SCRIPT",
  lease: "LEASE",
  db: "DB",
  gate: "GATE",
} as const satisfies Record<SupportKind, StageName>;

/** An app from start to stop: puts the parts together in order and takes them apart in reverse. */
export class AppRuntime<C> implements App<C> {
  readonly id: AppId;
  readonly config: C;
  state: AppState = "starting";
  log: Logger = silentLogger;
  metrics: Meter = noMetrics;
  endpoints: readonly AppEndpoint[] = [];
  readonly hooks = new ScriptHooks({ scripts: () => this.#plugins.all("script"), log: () => this.log });
  readonly #definition: AppDefinition<C>;
  readonly #options: AppRuntimeOptions<C>;
  readonly #lifecycle: Lifecycle;
  readonly #registry = new ServiceRegistry();
  readonly #listeners: Listener[] = [];
  readonly #gateListeners: GateListener[] = [];
  readonly #plugins = new RunningPlugins();
  readonly #entities = new Map<Db, EntityStore>();
  readonly #controlKey = new ControlKey();
  readonly #startAbort = new AbortController();
  #starting: Promise<void> | undefined;
  #resources: ResourceStore | undefined;
  /** From when calls can be made until none can. */
  #clients: ClientFactory | undefined;
  #core: Core | undefined;
  #registration: AppRegistration | undefined;
  #log: Log | undefined;
  #telemetry: Telemetry | undefined;
  #draining: Promise<void> | undefined;
  #stopping: Promise<void> | undefined;

  constructor(definition: AppDefinition<C>, options: AppRuntimeOptions<C>) {
    this.#definition = definition;
    this.#options = options;
    this.id = options.id;
    const { clock, settings, signal } = options;
    this.config = settings.app;
    const stopped = this.#startAbort.signal;
    this.#lifecycle = new Lifecycle({
      clock,
      stageTimeoutMs: settings.config.options.Life.StageTimeoutMs,
      signal: signal === undefined ? stopped : anySignal([signal, stopped]),
    });
  }

  /** Goes through the stages. Rejects with the first failure, with everything undone. */
  start(): Promise<void> {
    this.#starting = this.#start();
    return this.#starting;
  }

  async #start(): Promise<void> {
    try {
      await this.#run();
    } catch (error) {
      this.state = "draining";
      await this.#lifecycle.unwind(this.log);
      this.state = "stopped";
      throw error;
    }
  }

  health(): Health {
    let alive = this.state !== "stopped";
    try {
      alive &&= this.#definition.healthCheck?.() ?? true;
    } catch (error) {
      this.log.error("the health check threw", { error });
      alive = false;
    }
    return { alive, ready: alive && this.state === "ready" };
  }

  client<S extends DescService>(source: ClientSource<S>): Client<S> {
    return this.#started().clients.client(source);
  }

  async subscribe(topic: string): Promise<AsyncDisposable> {
    const { broadcaster, host } = this.#started();
    return broadcaster.join(topic, host);
  }

  async instances(service: string): Promise<readonly Instance[]> {
    const table = await this.#started().mesh.table(service);
    return table.instances;
  }

  async services(): Promise<readonly string[]> {
    return this.#started().router.services();
  }

  plugin<K extends SupportKind>(kind: K, instance?: string): PluginInstances[K] {
    return this.#plugins.get(kind, instance);
  }

  entities(store?: string): EntityStore {
    const db = this.#plugins.get("db", store);
    let entities = this.#entities.get(db);
    if (entities === undefined) {
      entities = new EntityStore(new EntityDb({ db, clock: this.#options.clock, observer: this.#telemetry?.saves }));
      this.#entities.set(db, entities);
    }
    return entities;
  }

  actors(actorClass: ActorClass<Actor>): Actors {
    const { actors } = this.#started();
    if (actors === undefined) throw new RangeError(`app ${this.id.app} hosts no actors`);
    return actors.system.actors(actorClass);
  }

  get leases(): Leases {
    return this.#owning().leases;
  }

  leader(name: string, handlers: LeaderHandlers): LeaderCandidate {
    return this.#owning().leaders.stand(name, handlers);
  }

  resource<T>(resource: Resource<T>): T {
    return this.#loaded().current.resource(resource);
  }

  get inFlight(): number {
    return this.#core?.dispatcher.inFlight ?? 0;
  }

  async reload(config: string | ConfigSource): Promise<void> {
    const { settings, resolve } = this.#options;
    const next = await resolve(config);
    for (const warning of next.config.warnings) this.log.warn(warning);
    await reloadAll([this.#loaded(), ...this.#plugins.all("shape"), ...this.#plugins.all("script")]);
    const level = logLevel(next);
    if (this.#log !== undefined && level !== undefined) this.#log.level = level;
    this.log.info("config reloaded", { ...(level && { LogLevel: level.toUpperCase() }) });
    const changed = changedSections(settings, next);
    if (changed.length > 0) this.log.warn("parts of the config changed that need a restart", { changed });
  }

  drain(): Promise<void> {
    if (this.state === "starting") return this.stop();
    this.#draining ??= this.#drain();
    return this.#draining;
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #run(): Promise<void> {
    const { config, chosen } = this.#options.settings;
    // Everything that can be wrong is found before anything is started.
    for (const { service } of this.#definition.servers) this.#registry.get(service);
    if (chosen.log !== undefined) {
      this.#log = await this.#startPlugin("LOG", chosen.log);
      this.log = this.#log.logger.child({ app: this.id.app });
    }
    for (const warning of config.warnings) this.log.warn(warning);
    if (this.#options.isAlone && chosen.router.name === "router_memory") {
      this.log.info("the config names no router: this app sees only itself");
    }
    await this.#loadResources();
    const { observes } = this.#options;
    if (!observes) for (const kind of supportKinds) await this.#startSupport(kind);
    await this.#startTelemetry();
    const broker = await this.#startPlugin("BROKER", chosen.broker);
    const router = await this.#startPlugin("ROUTER", chosen.router);
    const transports: Trans[] = [];
    for (const trans of chosen.trans) transports.push(await this.#startPlugin("TRANS", trans));

    const core = await this.#startCore(router, broker, transports);
    await this.#lifecycle.step(
      "INIT",
      async () => this.#definition.onInit?.(this),
      async () => this.#definition.onStop?.(this),
    );
    if (observes) this.state = "ready";
    else await this.#open(core, router, transports);
    await this.#lifecycle.step("READY", async () => this.#definition.onReady?.(this));
    this.log.info("ready", { endpoints: this.endpoints.map(({ scheme, endpoint }) => `${scheme} ${endpoint}`) });
  }

  /** Takes calls from now on, and is in the registry. */
  async #open(core: Core, router: Router, transports: readonly Trans[]): Promise<void> {
    const endpoints: AppEndpoint[] = [];
    for (const trans of transports) {
      const listener = await this.#lifecycle.step(
        "LISTEN",
        () => trans.listen(core.host),
        (open) => open[Symbol.asyncDispose](),
      );
      this.#listeners.push(listener);
      endpoints.push({ scheme: trans.scheme, endpoint: listener.endpoint });
    }
    this.endpoints = endpoints;
    await this.#lifecycle.step(
      "SUBSCRIBE",
      () => core.broadcaster.listen(core.host),
      (subscription) => subscription[Symbol.asyncDispose](),
    );
    this.state = "ready";
    core.actors?.system.start();
    core.owning?.leaders.start();
    const { version } = this.#definition;
    const controlKey = this.#controlKey.value;
    const instance = toInstance(this.id, {
      endpoints,
      transports,
      version,
      protoDigest: core.protoDigest,
      controlKey,
    });
    this.#registration = await this.#lifecycle.step(
      "REGISTER",
      () => AppRegistration.enter({ router, instance, table: core.table, log: this.log }),
      (registration) => registration[Symbol.asyncDispose](),
    );
    if (core.gate !== undefined) await this.#listenForClients(core.gate);
  }

  async #startCore(
    router: PluginInstances["router"],
    broker: PluginInstances["broker"],
    transports: readonly Trans[],
  ): Promise<Core> {
    const { clock, settings, observes } = this.#options;
    this.#core = await startCore({
      ...{ app: this, definition: this.#definition, settings, observes, clock, log: this.log, metrics: this.metrics },
      ...{ router, broker, transports, plugins: this.#plugins, telemetry: this.#telemetry, lifecycle: this.#lifecycle },
      ...{ registry: this.#registry, controlKey: this.#controlKey, resources: this.#loaded(), hooks: this.hooks },
      signal: this.#startAbort.signal,
      showClients: (clients) => {
        this.#clients = clients;
      },
      setRule: async (rule) => this.#registration?.setRule(rule),
    });
    return this.#core;
  }

  async #startTelemetry(): Promise<void> {
    const metrics = this.#plugins.first("metric");
    const tracer = this.#plugins.first("trace");
    this.metrics = metrics ?? noMetrics;
    if (metrics === undefined && tracer === undefined) return;
    const { startTelemetry } = await import("./start-telemetry.ts");
    this.#telemetry = await startTelemetry({
      ...{ metrics, tracer, clock: this.#options.clock, lifecycle: this.#lifecycle },
    });
  }

  async #listenForClients({ core }: RunningGate): Promise<void> {
    for (const gate of this.#plugins.all("gate")) {
      const listener = await this.#lifecycle.step(
        "CLIENTS",
        () => gate.listen(core),
        (open) => open[Symbol.asyncDispose](),
      );
      this.#gateListeners.push(listener);
      this.endpoints = [...this.endpoints, { scheme: gate.scheme, endpoint: listener.endpoint }];
    }
  }

  async #loadResources(): Promise<void> {
    const { resources = [] } = this.#definition;
    const { clock, settings } = this.#options;
    this.#resources = await this.#lifecycle.step(
      "RESOURCE",
      () => ResourceStore.open({ resources, config: settings.config, clock, log: this.log }),
      (store) => store[Symbol.asyncDispose](),
    );
  }

  async #startSupport<K extends SupportKind>(kind: K): Promise<void> {
    for (const plugin of this.#options.settings.chosen.support[kind]) {
      this.#plugins.add(kind, plugin.instance, await this.#startPlugin(supportStages[kind], plugin));
    }
  }

  #startPlugin<K extends PluginKind>(stage: StageName, plugin: ChosenPlugin<K>): Promise<PluginInstances[K]> {
    const { config } = this.#options.settings;
    const context: PluginContext = {
      app: this.id,
      log: this.log.child({ plugin: plugin.name }),
      clock: this.#options.clock,
      options: { Shape: config.options.Shape },
      resolvePath: (path) => resolve(dirname(config.app.file), path),
      health: () => this.health(),
      call: async (method, request, options) => this.#calling().call(method, request, options),
    };
    context.log.debug("starting", { config: plugin.shownConfig });
    return this.#lifecycle.step(
      stage,
      () => plugin.start(context),
      (instance) => instance[Symbol.asyncDispose](),
    );
  }

  async #drain(): Promise<void> {
    if (this.state !== "ready") return;
    this.state = "draining";
    this.log.info("draining");
    await this.#drainClients();
    await this.#lifecycle.unwind(this.log, "SUBSCRIBE");
    for (const listener of this.#listeners) listener.drain();
    const { clock, settings } = this.#options;
    await endWork(this.#started(), { clock, log: this.log, limitMs: settings.config.options.Life.DrainTimeoutMs });
  }

  /** Clients go first: other gates take them over as long as this app answers. */
  async #drainClients(): Promise<void> {
    const { gate, mesh } = this.#started();
    if (gate === undefined) return;
    for (const listener of this.#gateListeners) listener.drain();
    const { instances } = await mesh.table(this.id.service);
    const { DrainTimeoutMs } = this.#options.settings.config.options.Life;
    await gate.core.drain(instances.length > 1 ? Math.min(DrainTimeoutMs, clientDrainMs) : 0);
  }

  async #stop(): Promise<void> {
    if (this.state === "starting") {
      // The start then undoes by itself what it did.
      this.#startAbort.abort();
      await Promise.allSettled([this.#starting]);
      return;
    }
    await this.drain();
    this.log.info("stopping");
    await this.#lifecycle.unwind(this.log);
    this.state = "stopped";
  }

  #loaded(): ResourceStore {
    if (this.#resources !== undefined) return this.#resources;
    throw reasonError("CONTEXT_ENDED", `app ${this.id.app} is ${this.state}: read resources from onInit on`);
  }

  #owning(): RunningOwnership {
    const { owning } = this.#started();
    if (owning !== undefined) return owning;
    throw leaseMissing("leases and leaders need");
  }

  #calling(): ClientFactory {
    if (this.#clients !== undefined) return this.#clients;
    throw reasonError("CONTEXT_ENDED", `app ${this.id.app} is ${this.state}: a plugin can't make calls now`);
  }

  #started(): Core {
    if (this.#core !== undefined && this.state !== "stopped") return this.#core;
    throw reasonError("CONTEXT_ENDED", `app ${this.id.app} is ${this.state}: make calls between onInit and stop`);
  }
}
