import type { MatchTicket } from "../gen/match_pb.js";
import { RatingLine } from "./rating-line.ts";
import { gather, type Sides, split } from "./sides.ts";
import { sizeOf, toWaiting, type Waiting } from "./waiting.ts";

export interface QueueRules {
  /** Members of each of the two sides. */
  readonly sideSize: number;
  /** How far from a ticket's rating others may be, */
  readonly rangeStart: number;
  readonly rangePerSecond: number;
  readonly rangeMost: number;
  /** How long a ticket waits before a match with places left will do, in milliseconds; 0: it never does. */
  readonly incompleteAfterMs: number;
}

/**
 * Who waits, and who fights whom. Whoever has waited longest chooses first, among those within its range, which widens as it
 * waits: so nobody waits for ever while others come and go. Knows no clock and no store.
 */
export class MatchQueue {
  readonly #rules: QueueRules;
  readonly #waiting = new Map<string, Waiting>();
  readonly #ticketIds = new Map<bigint, string>();

  constructor(rules: QueueRules) {
    this.#rules = rules;
  }

  get size(): number {
    return this.#waiting.size;
  }

  /** True when the ticket waits; it was asked for just now. */
  hear(ticketId: string, now: number): boolean {
    const waiting = this.#waiting.get(ticketId);
    if (waiting !== undefined) waiting.heardAt = now;
    return waiting !== undefined;
  }

  /** The ticket with which a role waits. */
  ofRole(roleId: bigint): MatchTicket | undefined {
    return this.#waiting.get(this.#ticketIds.get(roleId) ?? "")?.ticket;
  }

  /** Each of its members must wait with no other ticket. */
  add(ticket: MatchTicket, since: number, now: number): void {
    this.#waiting.set(ticket.ticketId, toWaiting(ticket, since, now));
    for (const { roleId } of ticket.members) this.#ticketIds.set(roleId, ticket.ticketId);
  }

  remove(ticketId: string): void {
    const waiting = this.#waiting.get(ticketId);
    if (waiting === undefined) return;
    this.#waiting.delete(ticketId);
    for (const { roleId } of waiting.ticket.members) this.#ticketIds.delete(roleId);
  }

  /** Takes out the tickets that nobody asked for since then. */
  dropSilent(since: number): void {
    for (const [ticketId, { heardAt }] of this.#waiting) if (heardAt < since) this.remove(ticketId);
  }

  /** Takes out those who fight each other from now on. */
  form(now: number): readonly Sides[] {
    const { sideSize, incompleteAfterMs } = this.#rules;
    const line = new RatingLine(this.#waiting.values());
    const formed: Sides[] = [];
    for (const first of [...this.#waiting.values()].sort((a, b) => a.since - b.since)) {
      if (!line.has(first)) continue;
      const tickets = gather(first, line.near(first, this.#range(first, now)), sideSize);
      const mayBeIncomplete = incompleteAfterMs > 0 && now - first.since >= incompleteAfterMs;
      if (sizeOf(tickets) < 2 * sideSize && !mayBeIncomplete) continue;
      for (const waiting of tickets) {
        line.remove(waiting);
        this.remove(waiting.ticket.ticketId);
      }
      formed.push(split(tickets, sideSize));
    }
    return formed;
  }

  #range({ since }: Waiting, now: number): number {
    const { rangeStart, rangePerSecond, rangeMost } = this.#rules;
    return Math.min(rangeMost, rangeStart + (rangePerSecond * (now - since)) / 1000);
  }
}
