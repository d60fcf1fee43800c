// For the project's own packages: what the transports and tools share. Outside semver.
export { type ConfigKey, configKeys } from "./config/config-keys.ts";
export { optionSchemas } from "./config/options.ts";
export { problemError } from "./config/problem.ts";
export { inspectSection } from "./config/section.ts";
export { createEntity } from "./entity/entity.ts";
export { EntityDb } from "./entity/entity-db.ts";
export type { EntityHost } from "./entity/entity-host.ts";
export { SaveQueue } from "./entity/save-queue.ts";
export { gateConfig } from "./gate/gate-config.ts";
export { type CanaryRule, isHeader, newestRule, takesKey, takesMetadata } from "./mesh/canary-rule.ts";
export { Rendezvous } from "./mesh/rendezvous.ts";
export { ServiceTable } from "./mesh/service-table.ts";
export { anySignal } from "./meta/any-signal.ts";
export { CallTable } from "./meta/call-table.ts";
export { toCode } from "./meta/code.ts";
export { decodeError, encodeErrorDetail, reasonError } from "./meta/error.ts";
export { addMetadata, checkMetadataSize, emptyMetadata, isReservedKey } from "./meta/metadata.ts";
export { pause } from "./meta/pause.ts";
export { type ReasonName, reasons } from "./meta/reasons.ts";
export { canaryKey, MetaKey, parseRouteType, RouteType, routeTypeText, toRouteType } from "./meta/route-type.ts";
export { KeepaliveThread } from "./ownership/keepalive-thread.ts";
export type { OwnershipState } from "./ownership/owned-session.ts";
export { Ownership, type OwnershipOptions } from "./ownership/ownership.ts";
export { checkSubject } from "./plugin/memory/subject.ts";
export { pluginTables } from "./plugin/plugin.ts";
export { KnownTable } from "./plugin/registry/known-table.ts";
export type { Outage } from "./plugin/registry/outage.ts";
export { decodeRegistryEntry, encodeRegistryEntry, type RegistryEntry } from "./plugin/registry/registry-entry.ts";
export {
  type FollowedService,
  type FollowHandlers,
  type KeptEntry,
  RegistryUses,
  type RegistryUsesOptions,
} from "./plugin/registry/registry-uses.ts";
export { checkQuery } from "./plugin/store/check-query.ts";
export { checkScope } from "./plugin/store/check-scope.ts";
export { checkTable } from "./plugin/store/check-table.ts";
export { checkValue, type FieldValue } from "./plugin/store/check-value.ts";
export { escapeNul, unescapeNul } from "./plugin/store/escape-nul.ts";
export type { ValueCodec } from "./plugin/store/field-codec.ts";
export { type FieldKind, fieldKind, fieldType, isOptional } from "./plugin/store/field-kind.ts";
export type { FieldSet } from "./plugin/store/field-set.ts";
export { type GrownFields, growFields, type StoredField } from "./plugin/store/grow-fields.ts";
export { decodeCursor, encodeCursor, type QueryPosition } from "./plugin/store/query-cursor.ts";
export { type CallKind, StoreCalls } from "./plugin/store/store-calls.ts";
export { TableCodec } from "./plugin/store/table-codec.ts";
export { TableRegistry } from "./plugin/store/table-registry.ts";
export { FolderWatch } from "./resource/folder-watch.ts";
export { actorConfig } from "./server/actor/actor-config.ts";
