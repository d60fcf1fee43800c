import { AdminSer } from "../../gen/m3/admin_pb.js";
import type { CanaryRule } from "../mesh/canary-rule.ts";
import { Mesh } from "../mesh/mesh.ts";
import type { ServiceTable } from "../mesh/service-table.ts";
import type { Clock } from "../meta/clock.ts";
import { DeadlineWheel } from "../meta/deadline-wheel.ts";
import { type M3Error, reasonError } from "../meta/error.ts";
import type { Logger } from "../plugin/log.ts";
import type { Meter } from "../plugin/metric.ts";
import type { PluginInstances } from "../plugin/plugin.ts";
import type { Trans, TransHost } from "../plugin/trans.ts";
import type { ResourceStore } from "../resource/resource-store.ts";
import type { ClientRuntime } from "../rpc/client-call.ts";
import { ClientFactory } from "../rpc/client-factory.ts";
import { defineClient } from "../rpc/define-client.ts";
import type { ServiceRegistry } from "../rpc/service-registry.ts";
import { shapeInterceptor } from "../rpc/shape-interceptor.ts";
import type { ScriptHooks } from "../script/script-hooks.ts";
import type { ControlKey } from "../server/control-key.ts";
import { Dispatcher } from "../server/dispatcher.ts";
import type { Server } from "../server/server.ts";
import type { Telemetry } from "../telemetry/telemetry.ts";
import { Broadcaster } from "../trans/broadcaster.ts";
import { createConnector } from "../trans/connector.ts";
import { SplitCarrier } from "../trans/split-carrier.ts";
import { adminControl } from "./admin-control.ts";
import type { App } from "./app.ts";
import { type AppSettings, hasActors } from "./app-settings.ts";
import { checkProtos } from "./check-protos.ts";
import type { AppDefinition } from "./define-app.ts";
import type { Lifecycle } from "./lifecycle.ts";
import type { RunningPlugins } from "./running-plugins.ts";
import type { RunningActors } from "./start-actors.ts";
import type { RunningGate } from "./start-gate.ts";
import type { RunningOwnership } from "./start-ownership.ts";

export interface StartCoreOptions<C> {
  readonly app: App<C>;
  readonly definition: AppDefinition<C>;
  readonly settings: AppSettings<C>;
  /** It calls others and is called by nobody. */
  readonly observes: boolean;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Meter;
  readonly telemetry: Telemetry | undefined;
  readonly router: PluginInstances["router"];
  readonly broker: PluginInstances["broker"];
  readonly transports: readonly Trans[];
  readonly plugins: RunningPlugins;
  readonly registry: ServiceRegistry;
  readonly controlKey: ControlKey;
  readonly resources: ResourceStore;
  readonly hooks: ScriptHooks;
  readonly lifecycle: Lifecycle;
  /** Aborts when the app stops while it starts. */
  readonly signal: AbortSignal;
  /** Told from when calls can be made, and with undefined from when none can. */
  showClients(clients: ClientFactory | undefined): void;
  /** Enters a rule for the versions of the app's service into the registry. */
  setRule(rule: CanaryRule): Promise<void>;
}

/** What calls go through, and what an app hosts. */
export interface Core {
  readonly router: PluginInstances["router"];
  /** The instances of its own service. */
  readonly table: ServiceTable;
  readonly mesh: Mesh;
  readonly clients: ClientFactory;
  readonly dispatcher: Dispatcher;
  readonly owning: RunningOwnership | undefined;
  readonly actors: RunningActors | undefined;
  readonly gate: RunningGate | undefined;
  readonly broadcaster: Broadcaster;
  readonly host: TransHost;
  /** Of the protos of its services; undefined for an app that only observes. */
  readonly protoDigest: string | undefined;
}

/** What an app's own parts are made from. */
interface Calling<C> extends StartCoreOptions<C> {
  readonly table: ServiceTable;
  readonly clients: ClientFactory;
}

/** Puts together what calls go through, from the table of instances to the servers; nothing listens yet. */
export async function startCore<C>(options: StartCoreOptions<C>): Promise<Core> {
  const { app, definition, settings, clock, log, metrics, telemetry, lifecycle, registry, router } = options;
  const { TimeoutMs: defaultTimeoutMs, MaxInFlight: maxInFlight } = settings.config.options.Rpc;
  // Rules are asked before the server models: a call that has to wait takes no place in the mailbox of its actor.
  const interceptors = [
    ...(definition.interceptors ?? []),
    ...options.plugins.all("shape").map((shape) => shapeInterceptor(shape)),
  ];
  const controls: Server[] = [];
  const host: TransHost = {
    app: app.id.app,
    services: definition.servers.map(({ service }) => service),
    get controls() {
      return controls.map(({ service }) => service);
    },
    dispatch: (call) => dispatcher.dispatch(call),
    isReady: () => app.health().ready,
  };
  const wheel = new DeadlineWheel(clock);
  const broadcaster = new Broadcaster(app.id, options.broker, log);
  const mesh = new Mesh({ app: app.id, router, connect: createConnector(host, options.transports), log });
  const carrier = new SplitCarrier(mesh, broadcaster);
  const clientRuntime: ClientRuntime = { sourceApp: app.id.app, clock, wheel, carrier, observer: telemetry?.client };
  const clients = new ClientFactory({ app: app.id, runtime: clientRuntime, registry, interceptors, defaultTimeoutMs });
  const table = await lifecycle.step(
    "MESH",
    // Its own service is watched from the start: a call that another app should have got is handed on by this table.
    () => mesh.table(app.id.service),
    async () => {
      options.showClients(undefined);
      wheel[Symbol.dispose]();
      await mesh[Symbol.asyncDispose]();
      await broadcaster[Symbol.asyncDispose]();
    },
  );
  options.showClients(clients);
  const calling: Calling<C> = { ...options, table, clients };
  // Before it owns anything that running instances would have to give up.
  const protoDigest = options.observes ? undefined : await protosChecked(calling);
  const owning = await ownershipOf(calling);
  const actors = await actorsOf(calling, owning);
  const gate = await gateOf(calling, clientRuntime, owning);
  const admin = adminControl({
    ...{ app, version: definition.version ?? "", clock, log, services: host.services },
    ...{ actors: actors?.system, ownership: owning?.ownership, gate: gate?.core },
    counts: () => dispatcher.counts,
    traces: () => dispatcher.traces,
    setRule: options.setRule,
  });
  for (const control of [admin, owning?.control, actors?.system.control, gate?.control]) {
    if (control !== undefined) controls.push(control);
  }
  const dispatcher = await lifecycle.step("SERVERS", () =>
    Dispatcher.create({
      servers: [...definition.servers, ...controls],
      ...{ actors: actors?.system, leaders: owning?.leaders, controlKey: options.controlKey, hostApp: app, registry },
      ...{ interceptors, clientRuntime, maxInFlight, defaultTimeoutMs },
      runtime: {
        ...{ app: app.id, clock, wheel, clients, log, metrics, observer: telemetry?.server },
        ...{ resources: options.resources, hooks: options.hooks },
      },
      betterTarget: (call) => mesh.betterTarget(call),
    }),
  );
  telemetry?.show({
    actors: actors && (() => actors.system.sizes()),
    backlog: actors && (() => actors.queue.backlog),
    leaseDeadline: owning && (() => owning.ownership.deadline),
  });
  return { router, table, mesh, clients, dispatcher, owning, actors, gate, broadcaster, host, protoDigest };
}

/** PLUGIN_MISSING: somebody wants leases. */
export function leaseMissing(who: string): M3Error {
  return reasonError(
    "PLUGIN_MISSING",
    `the config of this app names no lease plugin, which ${who}: add its [[Plugin.Lease.…]] section`,
  );
}

function protosChecked<C>({ app, definition, settings, clock, log, lifecycle, table, clients }: Calling<C>) {
  return lifecycle.step("PROTOS", () =>
    checkProtos({
      ...{ app: app.id, log, version: definition.version ?? "", instances: table.instances, clock },
      services: definition.servers.map(({ service }) => service),
      admin: clients.client(defineClient(AdminSer, { func: app.id.func })),
      allowsBreaks: settings.config.options.Rpc.AllowBreakingProtos,
    }),
  );
}

async function ownershipOf<C>(options: Calling<C>): Promise<RunningOwnership | undefined> {
  const { app, clock, log, clients, table, plugins, lifecycle, signal } = options;
  const lease = plugins.first("lease");
  if (lease === undefined) return undefined;
  // Ownership and what saves entities are a quarter of the runtime's modules: nothing for an app without them.
  const { startOwnership } = await import("./start-ownership.ts");
  return startOwnership({
    ...{ app: app.id, clock, log, clients, table, lease, db: plugins.first("db"), lifecycle, signal },
  });
}

async function actorsOf<C>(
  options: Calling<C>,
  owning: RunningOwnership | undefined,
): Promise<RunningActors | undefined> {
  const { app, settings, clock, log, metrics, telemetry, clients, table, resources, lifecycle } = options;
  const db = options.plugins.first("db");
  if (db === undefined || !hasActors(options.definition)) return undefined;
  const { startActors } = await import("./start-actors.ts");
  return startActors({
    ...{ app: app.id, host: app, clock, log, metrics, telemetry, clients, table, db, ownership: owning?.ownership },
    version: options.definition.version ?? "",
    ...{ config: settings.actor, taskTimeoutMs: settings.config.options.Rpc.TimeoutMs, resources, lifecycle },
  });
}

async function gateOf<C>(
  options: Calling<C>,
  calls: ClientRuntime,
  owning: RunningOwnership | undefined,
): Promise<RunningGate | undefined> {
  const { app, settings, clock, log, clients, table, registry, lifecycle } = options;
  const { gate: handler } = options.definition;
  if (handler === undefined) return undefined;
  if (owning === undefined) throw leaseMissing("a gate's sessions need");
  const { KeepPushes } = settings.gate;
  const { startGate } = await import("./start-gate.ts");
  return startGate({
    ...{ app: app.id, clock, log, handler, table, clients, calls, registry, config: settings.gate, lifecycle },
    callTimeoutMs: settings.config.options.Rpc.TimeoutMs,
    leases: owning.leases,
    db: KeepPushes === false ? undefined : options.plugins.get("db", KeepPushes === true ? undefined : KeepPushes),
    saves: options.telemetry?.saves,
    metrics: options.plugins.first("metric"),
  });
}
