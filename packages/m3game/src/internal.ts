// For the project's own packages: what the transports and tools share. Outside semver.
export { createEntity } from "./entity/entity.ts";
export { EntityDb } from "./entity/entity-db.ts";
export type { EntityHost } from "./entity/entity-host.ts";
export { SaveQueue } from "./entity/save-queue.ts";
export { toCode } from "./meta/code.ts";
export { decodeError, encodeErrorDetail, reasonError } from "./meta/error.ts";
export { addMetadata, checkMetadataSize, emptyMetadata, isReservedKey, maxMetadataBytes } from "./meta/metadata.ts";
export { isReason, type ReasonName, reasons } from "./meta/reasons.ts";
export { MetaKey, parseRouteType, RouteType, routeTypeText, toRouteType } from "./meta/route-type.ts";
export { KeepaliveThread } from "./ownership/keepalive-thread.ts";
export type { OwnershipState } from "./ownership/owned-session.ts";
export { Ownership, type OwnershipOptions } from "./ownership/ownership.ts";
export { dbMemory } from "./plugin/memory/db-memory.ts";
export { checkSubject } from "./plugin/memory/subject.ts";
