import { setTimeout } from "node:timers/promises";
import { Code, type Logger, M3Error, type Meter } from "m3game";
import type { MatchTicket } from "../gen/match_pb.js";
import { fillWithBots } from "./bots.ts";
import { checkTicket } from "./check-ticket.ts";
import { Fairness } from "./fairness.ts";
import { MatchQueue, type QueueRules } from "./match-queue.ts";
import type { Match, Matches } from "./matches.ts";
import { ratingGap, type Sides } from "./sides.ts";

const roundMs = 250;
const retryMs = 1000;

export interface MatchmakerOptions {
  readonly rules: QueueRules;
  readonly timeOutMs: number;
  readonly silentTimeOutMs: number;
  readonly maxTickets: number;
  readonly matches: Matches;
  /** Has the fight begin; told again it changes nothing. */
  readonly place: (match: Match) => Promise<void>;
  /** Tells the members. Never rejects. */
  readonly tell: (match: Match) => Promise<void>;
  readonly log: Logger;
  readonly metrics: Meter;
  /** Aborted when this leader leads no more. */
  readonly signal: AbortSignal;
}

/**
 * What a leader does: forms matches, and sees each through: it is stored, then placed, then its members are told. Each step may
 * be done again, so after a failure, and by the next leader, all are. Who waits is stored nowhere: whoever wants a match
 * asks again and again.
 */
export class Matchmaker {
  readonly #options: MatchmakerOptions;
  readonly #queue: MatchQueue;
  readonly #fairness: Fairness;
  readonly #underWay = new Map<Match, Promise<void>>();
  /** When tickets were cancelled: a join that was sent before and comes late does not bring one back. */
  readonly #cancelled = new Map<string, number>();

  static start(options: MatchmakerOptions): Matchmaker {
    const { matches, signal } = options;
    const matchmaker = new Matchmaker(options);
    if (signal.aborted) return matchmaker;
    for (const match of matches.all) matchmaker.#begin(match);
    const rounds = setInterval(() => matchmaker.#round(), roundMs).unref();
    signal.addEventListener("abort", () => clearInterval(rounds), { once: true });
    return matchmaker;
  }

  private constructor(options: MatchmakerOptions) {
    this.#options = options;
    this.#queue = new MatchQueue(options.rules);
    this.#fairness = new Fairness(options.metrics);
  }

  /** Puts a ticket into the queue, or says what became of it. */
  async join(ticket: MatchTicket, waitedMs: number): Promise<{ readonly matchId: string; readonly timedOut: boolean }> {
    const { rules, timeOutMs } = this.#options;
    checkTicket(ticket, rules.sideSize);
    const match = this.#matchOf(ticket);
    if (match !== undefined) {
      const matchId = await stored(match);
      // Before its fight has begun nobody could enter that.
      return { matchId: match.isPlaced ? matchId : "", timedOut: false };
    }
    const timedOut = waitedMs >= timeOutMs;
    if (timedOut) this.#queue.remove(ticket.ticketId);
    else if (!this.#cancelled.has(ticket.ticketId)) this.#wait(ticket, Math.max(0, waitedMs));
    return { matchId: "", timedOut };
  }

  /** Takes a ticket out of the queue; the id of its match when it is too late. */
  async cancel(ticketId: string): Promise<string> {
    const match = this.#options.matches.ofTicket(ticketId);
    if (match !== undefined) return stored(match);
    this.#queue.remove(ticketId);
    this.#cancelled.set(ticketId, performance.now());
    return "";
  }

  /** Forgets a match. When this resolves, nothing that this leader has sent will begin its fight. */
  async end(matchId: string): Promise<void> {
    const { matches } = this.#options;
    const match = matches.get(matchId);
    if (match === undefined) return;
    match.close();
    await this.#underWay.get(match);
    await matches.remove(match);
  }

  report() {
    return { waiting: this.#queue.size, ...this.#fairness.report() };
  }

  #matchOf({ ticketId, members }: MatchTicket): Match | undefined {
    const { matches } = this.#options;
    const known = matches.ofTicket(ticketId);
    if (known !== undefined) return known;
    const busy = members.find(({ roleId }) => matches.ofRole(roleId) !== undefined);
    if (busy === undefined) return undefined;
    // Who comes alone goes on with the fight that it is in; it may have forgotten it, when its app died.
    if (members.length === 1) return matches.ofRole(busy.roleId);
    throw new M3Error(Code.FAILED_PRECONDITION, `role ${busy.roleId} of the party is in a fight: wait for its end`);
  }

  #wait(ticket: MatchTicket, waitedMs: number): void {
    const now = performance.now();
    if (this.#queue.hear(ticket.ticketId, now)) return;
    if (this.#queue.size >= this.#options.maxTickets) {
      throw new M3Error(Code.RESOURCE_EXHAUSTED, "too many wait for a match: try again later");
    }
    const others = ticket.members.flatMap(({ roleId }) => this.#queue.ofRole(roleId) ?? []);
    const [asking] = ticket.members;
    // Whoever asks for a new ticket has forgotten its old one; nobody else may take a role out of its party.
    const foreign = others.find(({ members }) => members[0]?.roleId !== asking?.roleId);
    if (foreign !== undefined) {
      throw new M3Error(Code.FAILED_PRECONDITION, "a role of the party waits with another ticket: cancel that first");
    }
    for (const { ticketId } of others) this.#queue.remove(ticketId);
    this.#queue.add(ticket, now - waitedMs, now);
  }

  #round(): void {
    const { rules, silentTimeOutMs, matches } = this.#options;
    const now = performance.now();
    this.#queue.dropSilent(now - silentTimeOutMs);
    for (const [ticketId, at] of this.#cancelled) if (at < now - silentTimeOutMs) this.#cancelled.delete(ticketId);
    for (const sides of this.#queue.form(now)) {
      const tickets = fillWithBots(ticketsOf(sides), rules.sideSize).flat();
      this.#note(sides, tickets, now);
      this.#begin(matches.add(tickets));
    }
  }

  #begin(match: Match): void {
    const done = this.#seeThrough(match).finally(() => this.#underWay.delete(match));
    this.#underWay.set(match, done);
  }

  async #seeThrough(match: Match): Promise<void> {
    const { place, tell, signal, log } = this.#options;
    while (!signal.aborted && !match.isOver) {
      try {
        await match.store();
        await place(match);
        match.place();
        return await tell(match);
      } catch (error) {
        log.warn("a match can't begin yet; trying again", { match: match.id, error });
        await setTimeout(retryMs, undefined, { signal, ref: false }).catch(() => {});
      }
    }
  }

  #note(sides: Sides, tickets: readonly MatchTicket[], now: number): void {
    this.#fairness.add({
      ratingGap: ratingGap(ticketsOf(sides)),
      waitsMs: sides.flat().map(({ since }) => now - since),
      hasBots: tickets.some(({ ticketId }) => ticketId === ""),
    });
  }
}

/** The id of a match, told only once it is stored. */
async function stored(match: Match): Promise<string> {
  await match.store();
  return match.id;
}

function ticketsOf(sides: Sides): MatchTicket[][] {
  return sides.map((side) => side.map(({ ticket }) => ticket));
}
