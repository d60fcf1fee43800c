export { secret } from "./config/secret.ts";
export { type AppId, parseAppId, serviceId } from "./meta/app-id.ts";
export { type Clock, systemClock, type Timer } from "./meta/clock.ts";
export { Code, type CodeName, codeName } from "./meta/code.ts";
export { type ErrorPayloadBytes, errorDetail, isM3Error, M3Error, type M3ErrorOptions } from "./meta/error.ts";
export type { Metadata } from "./meta/metadata.ts";
export type { Broker } from "./plugin/broker.ts";
export { type Log, type LogFields, type Logger, type LogLevel, silentLogger } from "./plugin/log.ts";
export { brokerMemory } from "./plugin/memory/broker-memory.ts";
export { createMemoryHub, type MemoryHub } from "./plugin/memory/memory-hub.ts";
export { routerMemory } from "./plugin/memory/router-memory.ts";
export {
  definePlugin,
  type Health,
  type PluginContext,
  type PluginDefinition,
  type PluginInstances,
  type PluginKind,
} from "./plugin/plugin.ts";
export type { Instance, Registration, Router } from "./plugin/router.ts";
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
