import { randomUUID } from "node:crypto";
import type { Entity, EntityStore } from "m3game";
import type { MatchTicket } from "../gen/match_pb.js";
import { MatchEntity } from "./match-entity.ts";

const pageSize = 500;

/** A match that is not over. Its tickets and roles belong to it from the moment it is formed, before it is stored. */
export class Match {
  readonly id: string;
  readonly tickets: readonly MatchTicket[];
  readonly #entity: Entity<(typeof MatchEntity)["schema"]>;
  #isOver = false;
  #isPlaced = false;

  constructor(entity: Entity<(typeof MatchEntity)["schema"]>, tickets: readonly MatchTicket[]) {
    this.id = String(entity.key);
    this.tickets = tickets;
    this.#entity = entity;
  }

  /** Its fight has begun. */
  place(): void {
    this.#isPlaced = true;
  }

  get isPlaced(): boolean {
    return this.#isPlaced;
  }

  /** From now on it is not stored again. */
  close(): void {
    this.#isOver = true;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Stores it, unless that is done: it may be asked for again after any failure. */
  async store(): Promise<void> {
    if (this.#isOver) return;
    const formedAt = BigInt(Math.floor(Date.now() / 1000));
    await this.#entity.load({ orCreate: { tickets: [...this.tickets], formedAt } });
  }

  /** Removes what is stored, unless that is done: it may be asked for again after any failure. */
  async delete(): Promise<void> {
    if (this.#entity.isLoaded) await this.#entity.delete();
  }
}

/** All matches that are not over, found by their tickets and roles too. */
export class Matches {
  readonly #store: EntityStore;
  readonly #byId = new Map<string, Match>();
  readonly #byTicket = new Map<string, Match>();
  readonly #byRole = new Map<bigint, Match>();

  /** With those that the leaders before have formed. */
  static async load(store: EntityStore): Promise<Matches> {
    const matches = new Matches(store);
    let page = await store.find(MatchEntity, { limit: pageSize });
    for (;;) {
      for (const entity of page.entities) matches.#index(new Match(entity, entity.data.tickets));
      if (page.cursor === undefined) return matches;
      page = await store.find(MatchEntity, { limit: pageSize, cursor: page.cursor });
    }
  }

  private constructor(store: EntityStore) {
    this.#store = store;
  }

  get all(): readonly Match[] {
    return [...this.#byId.values()];
  }

  get(id: string): Match | undefined {
    return this.#byId.get(id);
  }

  ofTicket(ticketId: string): Match | undefined {
    return this.#byTicket.get(ticketId);
  }

  ofRole(roleId: bigint): Match | undefined {
    return this.#byRole.get(roleId);
  }

  /** A new match, not stored yet. */
  add(tickets: readonly MatchTicket[]): Match {
    const match = new Match(this.#store.entity(MatchEntity, randomUUID()), tickets);
    this.#index(match);
    return match;
  }

  /** Removes what is stored of it, then forgets it. */
  async remove(match: Match): Promise<void> {
    await match.delete();
    this.#byId.delete(match.id);
    for (const { ticketId, members } of match.tickets) {
      this.#byTicket.delete(ticketId);
      for (const { roleId } of members) this.#byRole.delete(roleId);
    }
  }

  #index(match: Match): void {
    this.#byId.set(match.id, match);
    for (const { ticketId, members } of match.tickets) {
      if (ticketId !== "") this.#byTicket.set(ticketId, match);
      for (const { roleId, bot } of members) if (!bot) this.#byRole.set(roleId, match);
    }
  }
}
