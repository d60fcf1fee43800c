import { create } from "@bufbuild/protobuf";
import { GatePushesDBSchema, GatePushesFlag, GatePushesFlagSchema } from "../../gen/m3/gate_pushes_pb.js";
import { defineEntity } from "../entity/entity-definition.ts";
import { type EntityHost, hostOf } from "../entity/entity-host.ts";
import type { Claim } from "../ownership/claim.ts";
import type { DbScope, DbWrite } from "../plugin/db.ts";
import type { Numbered } from "./push-queue.ts";

const GatePushesEntity = defineEntity(GatePushesDBSchema, { table: "m3_gate_pushes", flags: GatePushesFlagSchema });

export const pushTable = GatePushesEntity.table;

const pushFields = [GatePushesEntity.field(GatePushesFlag.FGatePushes)];

/** What is stored of a session. */
export interface PushSource {
  /** The player's. */
  readonly id: string;
  readonly sessionId: string;
  readonly claim: Claim;
  readonly pushes: { readonly lastNumber: number; readonly kept: readonly Numbered[]; readonly bytes: number };
}

/** Tells when a row is to be written. */
export interface PushRowOwner {
  onChange(row: PushRow): void;
  onAcknowledged(row: PushRow): void;
  /** Nothing is to be written of it any more. */
  onLeft(row: PushRow): void;
  saved(row: PushRow): Promise<void> | undefined;
}

/** The stored pushes of one session: a row of the player's, written under the claim of the session. */
export class PushRow {
  readonly source: PushSource;
  readonly host: EntityHost;
  /** What the store has confirmed; undefined: nothing of this session. */
  version: bigint | undefined;
  /** The store has to be asked for the version: an answer was lost, or a row is there already. */
  isUnsure = false;
  /** `left`: nothing more is written. `removed`: it is deleted. */
  state: "kept" | "left" | "removed" = "kept";
  /** For those who wait until what came by now is stored: with the next write, and with the one that is under way. */
  waiting: PromiseWithResolvers<void> | undefined;
  sending: PromiseWithResolvers<void> | undefined;
  readonly #owner: PushRowOwner;

  constructor(owner: PushRowOwner, source: PushSource, version: bigint | undefined) {
    this.#owner = owner;
    this.source = source;
    this.host = hostOf(source.claim);
    this.version = version;
  }

  /** Another push is kept. */
  changed(): void {
    this.#owner.onChange(this);
  }

  /** The client has some of them, which is no hurry. */
  acknowledged(): void {
    this.#owner.onAcknowledged(this);
  }

  /** Resolves once all that is kept now is stored, or the store has failed; undefined when there is nothing to wait for. */
  saved(): Promise<void> | undefined {
    return this.#owner.saved(this);
  }

  /** The session goes on at another gate, or may: the row stays as it is. */
  leave(): void {
    this.state = "left";
    this.#owner.onLeft(this);
  }

  /** The session is over. */
  remove(): void {
    this.leave();
    this.state = "removed";
    this.#owner.onChange(this);
  }

  /** The claim and fence that go with each write. */
  get scope(): DbScope {
    const { id: claim, fence } = this.source.claim;
    return { claim, fence };
  }

  /** What the store has to do now; undefined: nothing. */
  write(): DbWrite | undefined {
    return this.state === "kept" ? this.#store() : this.#delete();
  }

  // The claim may be given up by then: the fence and the version keep it from harming a newer session.
  #delete(): DbWrite | undefined {
    if (this.version === undefined || this.isUnsure) return undefined;
    return { kind: "delete", table: pushTable, key: this.source.id, version: this.version };
  }

  #store(): DbWrite | undefined {
    if (!this.host.owns()) return undefined;
    const { id: player, sessionId, pushes } = this.source;
    const kept = { sessionId, lastPush: pushes.lastNumber, pushes: pushes.kept.map((push) => ({ ...push })) };
    const message = create(GatePushesDBSchema, { player, pushes: kept });
    const target = { table: pushTable, key: player, message } as const;
    return this.version === undefined
      ? { kind: "create", ...target }
      : { kind: "update", ...target, fields: pushFields, version: this.version };
  }
}
