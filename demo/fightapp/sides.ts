import { Code, M3Error } from "m3game";
import type { FightSide } from "../gen/fight_pb.js";

const most = 32;

/** Throws INVALID_ARGUMENT for sides that can't fight. */
export function checkSides(sides: readonly FightSide[]): void {
  const ids = sides.flatMap(({ members }) => members.map(({ roleId }) => roleId));
  const isSound =
    sides.length >= 2 &&
    sides.every(({ members }) => members.length > 0) &&
    ids.length <= most &&
    !ids.includes(0n) &&
    new Set(ids).size === ids.length;
  if (isSound) return;
  throw new M3Error(
    Code.INVALID_ARGUMENT,
    `a fight needs two sides or more, each with a member, and at most ${most} members, each with a role id of its own`,
  );
}
