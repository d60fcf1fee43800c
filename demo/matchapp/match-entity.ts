import { create } from "@bufbuild/protobuf";
import { defineEntity } from "m3game";
import { type FightSide, FightSideSchema } from "../gen/fight_pb.js";
import { MatchDBSchema, MatchFlagSchema, type MatchTicket } from "../gen/match_pb.js";

export const MatchEntity = defineEntity(MatchDBSchema, { table: "match", flags: MatchFlagSchema });

/** The two sides of a match: its tickets come one side after the other, and the sides have equal numbers. */
export function sidesOf(tickets: readonly MatchTicket[]): FightSide[] {
  const members = tickets.flatMap((ticket) => ticket.members);
  const half = members.length / 2;
  return [members.slice(0, half), members.slice(half)].map((side) => create(FightSideSchema, { members: side }));
}
