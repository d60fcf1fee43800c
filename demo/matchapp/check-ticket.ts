import { Code, M3Error } from "m3game";
import type { MatchTicket } from "../gen/match_pb.js";

const longestId = 100;

/** Throws INVALID_ARGUMENT for a ticket that can be in no match. */
export function checkTicket({ ticketId, members }: MatchTicket, sideSize: number): void {
  if (ticketId === "" || ticketId.length > longestId) throw invalid(`ticket_id must have 1 to ${longestId} characters`);
  if (members.length < 1 || members.length > sideSize) {
    throw invalid(`a ticket has 1 to ${sideSize} members, as a side has; this one has ${members.length}`);
  }
  const roleIds = new Set(members.map(({ roleId }) => roleId));
  if (roleIds.size < members.length) throw invalid("a role is in the ticket twice");
  if (members.some(({ roleId, bot }) => bot || roleId <= 0n)) throw invalid("members are roles, with ids above 0");
}

function invalid(message: string): M3Error {
  return new M3Error(Code.INVALID_ARGUMENT, message);
}
