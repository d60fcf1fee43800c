import { randomUUID } from "node:crypto";
import { create, fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { type Actor, Code, isM3Error, M3Error, players, type Timer } from "m3game";
import {
  MatchJoin_ReqSchema,
  type MatchJoin_Rsp,
  type MatchMember,
  type MatchMemberSchema,
  MatchSer,
} from "../gen/match_pb.js";
import { MatchTimedOutSchema } from "../gen/role_pb.js";

/** The actor that searches. */
export interface Searcher extends Pick<Actor, "id" | "log" | "every" | "client"> {
  readonly member: MessageInitShape<typeof MatchMemberSchema>;
}

const askAgainMs = 2000;
const offerMs = 60_000;
const mostOffers = 20;

interface Search {
  readonly ticketId: string;
  /** Those who fight along. */
  readonly party: readonly MatchMember[];
  readonly since: number;
  readonly timer: Timer;
}

/**
 * A role's search for a match. Who leads keeps tickets in memory, so the role asks with its own again and again: a new leader
 * then knows it too, and one whose role is gone is taken out.
 */
export class MatchSearch {
  readonly #role: Searcher;
  #search: Search | undefined;
  /** By role, the newest last. */
  readonly #offers = new Map<bigint, { readonly member: MatchMember; readonly until: number }>();

  constructor(role: Searcher) {
    this.#role = role;
  }

  /**
   * Begins a search, or goes on with the one there is. The fight that the role is in already, empty while it searches. Rejects when
   * it is refused; while nobody leads the search goes on all the same.
   */
  async join(partyIds: readonly bigint[]): Promise<string> {
    const search = this.#search ?? this.#begin(randomUUID(), 0, this.#partyOf(partyIds));
    try {
      return (await this.#ask(search)).matchId;
    } catch (error) {
      if (!isRefusal(error)) return this.#goOn(error);
      this.#end();
      throw error;
    }
  }

  /** Another role is ready to fight along. */
  offer(member: MatchMember): void {
    this.#offers.delete(member.roleId);
    this.#offers.set(member.roleId, { member, until: performance.now() + offerMs });
    const [oldest] = this.#offers.keys();
    if (this.#offers.size > mostOffers && oldest !== undefined) this.#offers.delete(oldest);
  }

  /** Ends the search; the fight when it is too late. */
  async cancel(): Promise<string> {
    if (this.#search === undefined) return "";
    const { matchId } = await this.#role.client(MatchSer).matchCancel({ ticketId: this.#search.ticketId });
    this.#end();
    return matchId;
  }

  /** A fight of the role is over. The match forgets it afterwards, so a search that goes on is the one that led to it. */
  fought(): void {
    if (this.#search !== undefined) this.#end();
  }

  /** The search, for the app that the role moves to; empty when there is none. */
  moveOut(): Uint8Array {
    if (this.#search === undefined) return new Uint8Array(0);
    const { ticketId, party, since } = this.#search;
    const ticket = { ticketId, members: [...party] };
    return toBinary(MatchJoin_ReqSchema, create(MatchJoin_ReqSchema, { ticket, waitedMs: waited(since) }));
  }

  moveIn(state: Uint8Array): void {
    const { ticket, waitedMs } = fromBinary(MatchJoin_ReqSchema, state);
    if (ticket !== undefined) this.#begin(ticket.ticketId, waitedMs, ticket.members);
  }

  #begin(ticketId: string, waitedMs: number, party: readonly MatchMember[]): Search {
    const timer = this.#role.every(askAgainMs, () => this.#askAgain());
    this.#search = { ticketId, party, since: performance.now() - waitedMs, timer };
    return this.#search;
  }

  #partyOf(roleIds: readonly bigint[]): readonly MatchMember[] {
    return roleIds.map((roleId) => {
      const offer = this.#offers.get(roleId);
      if (offer !== undefined && performance.now() < offer.until) return offer.member;
      throw new M3Error(
        Code.FAILED_PRECONDITION,
        `role ${roleId} is not ready to fight along: it calls RoleMatchFollow`,
      );
    });
  }

  async #ask({ ticketId, party, since }: Search): Promise<MatchJoin_Rsp> {
    const ticket = { ticketId, members: [this.#role.member, ...party] };
    const request = { ticket, waitedMs: waited(since) };
    const answer = await this.#role.client(MatchSer).matchJoin(request, { timeoutMs: askAgainMs });
    if (answer.matchId !== "" || answer.timedOut) this.#end();
    return answer;
  }

  async #askAgain(): Promise<void> {
    if (this.#search === undefined) return;
    try {
      const { timedOut } = await this.#ask(this.#search);
      if (timedOut) await players(this.#role).push(this.#role.id, MatchTimedOutSchema, {});
    } catch (error) {
      this.#goOn(error);
    }
  }

  #goOn(error: unknown): string {
    this.#role.log.debug("the search for a match goes on", { error });
    return "";
  }

  #end(): void {
    this.#search?.timer.cancel();
    this.#search = undefined;
    this.#offers.clear();
  }
}

function waited(since: number): number {
  return Math.round(performance.now() - since);
}

/** True when the leader has decided; anything else may come right. */
function isRefusal(error: unknown): boolean {
  const codes: readonly Code[] = [Code.INVALID_ARGUMENT, Code.FAILED_PRECONDITION, Code.RESOURCE_EXHAUSTED];
  return isM3Error(error) && codes.includes(error.code);
}
