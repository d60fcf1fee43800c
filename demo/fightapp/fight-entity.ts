import { defineEntity } from "m3game";
import { FightDBSchema, FightFlagSchema } from "../gen/fight_pb.js";

export const FightEntity = defineEntity(FightDBSchema, { table: "fight", flags: FightFlagSchema });
