import type { MatchTicket } from "../gen/match_pb.js";

/** A ticket that waits for opponents. Times are those of the leader's clock, in milliseconds. */
export interface Waiting {
  readonly ticket: MatchTicket;
  /** The mean of its members'. */
  readonly rating: number;
  /** How many it brings. */
  readonly size: number;
  readonly since: number;
  /** When somebody asked for it last. */
  heardAt: number;
}

export function toWaiting(ticket: MatchTicket, since: number, heardAt: number): Waiting {
  return { ticket, since, heardAt, size: ticket.members.length, rating: meanRating([ticket]) };
}

/** The mean rating of all members, 0 of none. */
export function meanRating(tickets: readonly MatchTicket[]): number {
  const ratings = tickets.flatMap(({ members }) => members).map(({ rating }) => rating);
  return ratings.length === 0 ? 0 : ratings.reduce((sum, rating) => sum + rating, 0) / ratings.length;
}

export function sizeOf(all: readonly Waiting[]): number {
  return all.reduce((sum, { size }) => sum + size, 0);
}
