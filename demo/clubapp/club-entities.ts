import { defineEntity } from "m3game";
import { ClubDBSchema, ClubFlagSchema, ClubRoleDBSchema, ClubRoleFlagSchema } from "../gen/club_data_pb.js";

export const ClubEntity = defineEntity(ClubDBSchema, { table: "club", flags: ClubFlagSchema, indexed: ["slotId"] });

/**
 * One row for each member, its key the role: that a role is in one club at most needs no further check. A row is written by the slot
 * of the club that the role joins or leaves, so by one slot after another: each writes it under the fence of its own claim.
 */
export const ClubRoleEntity = defineEntity(ClubRoleDBSchema, {
  table: "club_role",
  flags: ClubRoleFlagSchema,
  indexed: ["clubId"],
});
