import { create } from "@bufbuild/protobuf";
import { type Fighter, FighterSchema } from "../gen/fight_pb.js";
import type { MatchMember } from "../gen/match_pb.js";
import { isBot } from "./battle-rules.ts";

/** One who fights, as the battle keeps it. Its place and hp are in the world, at `slot`. */
export class BattleFighter {
  readonly member: MatchMember;
  readonly side: number;
  readonly slot: number;
  readonly spawn: { readonly x: number; readonly y: number };
  /** What others are shown. */
  readonly shown: Fighter;
  /** The last tick in which something of `shown` changed. */
  changedAt = 0;
  kills = 0;
  deaths = 0;
  /** Of the last input that was taken. */
  sequence = 0;

  constructor(
    member: MatchMember,
    place: {
      readonly side: number;
      readonly slot: number;
      readonly maxHp: number;
      readonly spawn: BattleFighter["spawn"];
    },
  ) {
    const { side, slot, spawn, maxHp } = place;
    this.member = member;
    this.side = side;
    this.slot = slot;
    this.spawn = spawn;
    const { roleId, name } = member;
    this.shown = create(FighterSchema, { roleId, name, side, ...spawn, hp: maxHp, maxHp });
  }

  get roleId(): bigint {
    return this.member.roleId;
  }

  get isBot(): boolean {
    return isBot(this.roleId);
  }

  get isDown(): boolean {
    return this.shown.hp <= 0;
  }

  /** Shows what is so since this tick. */
  show(tick: number, { x, y, hp }: Pick<Fighter, "x" | "y" | "hp">): void {
    const { shown, kills, deaths } = this;
    const isSame = shown.x === x && shown.y === y && shown.hp === hp;
    if (isSame && shown.kills === kills && shown.deaths === deaths) return;
    Object.assign(shown, { x, y, hp, kills, deaths });
    this.changedAt = tick;
  }
}
