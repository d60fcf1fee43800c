export type { App, AppEndpoint, AppState } from "./app/app.ts";
export { packageOf, type ResolvePlugin } from "./app/app-plugins.ts";
export { type Cluster, type ClusterMember, type ClusterOptions, startCluster } from "./app/cluster.ts";
export { type AppDefinition, defineApp } from "./app/define-app.ts";
export { type StartOptions, startApp } from "./app/start-app.ts";
export { type CommandLine, parseCommandLine } from "./config/command-line.ts";
export { secret } from "./config/secret.ts";
export { type ConfigSource, parseConfig, readConfig } from "./config/source.ts";
export type { Entity, LoadOptions } from "./entity/entity.ts";
export { defineEntity, type EntityDefinition, type EntityOptions } from "./entity/entity-definition.ts";
export type { EntityOwner } from "./entity/entity-host.ts";
export type { EntityQuery } from "./entity/entity-query.ts";
export type { EntityPage, EntityStore } from "./entity/entity-store.ts";
export { type Players, type PlayersCaller, type PlayersOptions, players } from "./gate/players.ts";
export {
  type AuthContext,
  type AuthResult,
  type ForwardOptions,
  type PlayerCall,
  type PushOptions,
  type Session,
  type SessionEnd,
  type SessionHandler,
  type SessionState,
  sessions,
} from "./gate/sessions.ts";
export { type AppId, parseAppId, serviceId } from "./meta/app-id.ts";
export { type Clock, systemClock, type Timer } from "./meta/clock.ts";
export { Code, type CodeName, codeName } from "./meta/code.ts";
export { type ErrorPayloadBytes, errorDetail, isM3Error, M3Error, type M3ErrorOptions } from "./meta/error.ts";
export type { Metadata } from "./meta/metadata.ts";
export type { RouteKey } from "./meta/route-key.ts";
export { RouteType } from "./meta/route-type.ts";
export type { MethodMeta, ServiceMeta } from "./meta/service-meta.ts";
export type { Claim } from "./ownership/claim.ts";
export type { ClaimResult } from "./ownership/claim-result.ts";
export type { LeaderCandidate, LeaderHandlers, Leadership } from "./ownership/leader.ts";
export type { HandedOver, HandoverRequest, LeaseOptions, Leases } from "./ownership/leases.ts";
export type { Broker } from "./plugin/broker.ts";
export type {
  Db,
  DbCallOptions,
  DbFilter,
  DbGroup,
  DbKey,
  DbPage,
  DbQuery,
  DbReadOptions,
  DbRefusal,
  DbRow,
  DbScope,
  DbTable,
  DbWrite,
  DbWriteResult,
  QueryableDb,
} from "./plugin/db.ts";
export { compareFences, type Fence } from "./plugin/fence.ts";
export type { Gate, GateConnection, GateHost, GateListener, GateReceiver } from "./plugin/gate.ts";
export {
  type AcquireResult,
  type Lease,
  type LeaseHolder,
  type LeaseRenewal,
  type LeaseRenewer,
  type LeaseRenewerModule,
  type LeaseStoreSession,
  maxClaimsPerRequest,
  type OpenSession,
  type OpenSessionResult,
  type TransferResult,
} from "./plugin/lease.ts";
export { type Log, type LogFields, type Logger, type LogLevel, silentLogger } from "./plugin/log.ts";
export { brokerMemory } from "./plugin/memory/broker-memory.ts";
export { dbMemory } from "./plugin/memory/db-memory.ts";
export { leaseMemory } from "./plugin/memory/lease-memory.ts";
export { createMemoryHub, type MemoryHub } from "./plugin/memory/memory-hub.ts";
export type { LeaseDelay, LeaseOperation, MemoryLeaseFaults } from "./plugin/memory/memory-lease-faults.ts";
export { routerMemory } from "./plugin/memory/router-memory.ts";
export { transMemory } from "./plugin/memory/trans-memory.ts";
export type {
  Counter,
  Gauge,
  HistogramOptions,
  Meter,
  MetricLabels,
  MetricOptions,
  Metrics,
  Observer,
  SummaryOptions,
} from "./plugin/metric.ts";
export { noMetrics } from "./plugin/no-metrics.ts";
export {
  definePlugin,
  type Health,
  type PluginCallOptions,
  type PluginContext,
  type PluginDefinition,
  type PluginInstances,
  type PluginKind,
  type PluginOptions,
} from "./plugin/plugin.ts";
export type { PendingReload, Reloadable } from "./plugin/reload.ts";
export type { Instance, Registration, Router } from "./plugin/router.ts";
export type { Scripts } from "./plugin/script.ts";
export type { Shape, ShapeEntry, ShapePermit } from "./plugin/shape.ts";
export type { Span, SpanContext, SpanOptions, Tracer } from "./plugin/trace.ts";
export type {
  CallHead,
  ConnectOptions,
  InboundCall,
  Link,
  LinkState,
  Listener,
  OutboundCall,
  Trans,
  TransHost,
} from "./plugin/trans.ts";
export { jsonResource } from "./resource/json-resource.ts";
export {
  type BuiltResourceDefinition,
  defineResource,
  type Resource,
  type ResourceDefinition,
  type ResourceFormat,
  type ResourceParser,
  type ResourceReader,
} from "./resource/resource.ts";
export { tomlResource } from "./resource/toml-resource.ts";
export type { CallOptions, Client } from "./rpc/client.ts";
export { type ClientDefinition, type ClientOptions, type ClientSource, defineClient } from "./rpc/define-client.ts";
export type { Call, Interceptor, MaybePromise } from "./rpc/interceptor.ts";
export {
  broadcast,
  hash,
  multicast,
  p2p,
  type Route,
  type RouteOptions,
  random,
  single,
} from "./rpc/route.ts";
export { defineHook, type Hook, type HookDefinition } from "./script/hook.ts";
export type { Hooks } from "./script/hooks.ts";
export { Actor, type ActorClass, type ExitReason } from "./server/actor/actor.ts";
export type { ActorApp } from "./server/actor/actor-app.ts";
export type { ActorHost } from "./server/actor/actor-host.ts";
export { type ActorHandlers, type ActorOptions, actor } from "./server/actor/actor-server.ts";
export type { Actors } from "./server/actor/actors.ts";
export { type AsyncOptions, async } from "./server/async.ts";
export type { Context } from "./server/context.ts";
export type { HostApp } from "./server/host-app.ts";
export { ledBy } from "./server/led-by.ts";
export { multi } from "./server/multi.ts";
export type { Handler, HandlerSource, Handlers, Server, ServerHost } from "./server/server.ts";
