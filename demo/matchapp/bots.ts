import { create } from "@bufbuild/protobuf";
import { type MatchTicket, MatchTicketSchema } from "../gen/match_pb.js";
import { meanRating } from "./waiting.ts";

/** The sides with bots in the places that are left, about as strong as the others of the match. */
export function fillWithBots(sides: readonly (readonly MatchTicket[])[], sideSize: number): readonly MatchTicket[][] {
  const members = sides.flat().flatMap((ticket) => ticket.members);
  const rating = Math.round(meanRating(sides.flat()));
  const power = Math.round(members.reduce((sum, member) => sum + member.power, 0) / Math.max(1, members.length));
  let number = 0;
  return sides.map((tickets) => {
    const left = sideSize - tickets.reduce((sum, ticket) => sum + ticket.members.length, 0);
    if (left === 0) return [...tickets];
    const bots = Array.from({ length: left }, () => {
      number++;
      return { roleId: BigInt(-number), name: `Bot ${number}`, rating, power, bot: true };
    });
    return [...tickets, create(MatchTicketSchema, { members: bots })];
  });
}
