import { multi } from "m3game";
import { ClubEntity, ClubRoleEntity } from "../clubapp/club-entities.ts";
import { placeOf } from "../clubapp/slots.ts";
import { ClubSer } from "../gen/club_pb.js";
import { ClubRoleSer } from "../gen/clubrole_pb.js";

// Keeps nothing: any instance answers any call, from the rows that the club slots write.
export const clubRoleSer = multi(ClubRoleSer, (app) => ({
  async clubRoleRead({ roleId }) {
    const member = await app.entities().load(ClubRoleEntity, roleId);
    return { clubId: member?.data.clubId ?? 0n };
  },
  async clubRoleCreate({ roleId, clubId }, ctx) {
    await ctx.client(ClubSer).clubJoin({ ...placeOf(clubId), roleId });
    return {};
  },
  async clubRoleDelete({ roleId, clubId }, ctx) {
    await ctx.client(ClubSer).clubExit({ ...placeOf(clubId), roleId });
    return {};
  },
  async clubPage({ cursor, limit }) {
    const page = await app.entities().find(ClubEntity, { limit: limit || 100, ...(cursor !== "" && { cursor }) });
    return { clubDbs: page.entities.map(({ data }) => data), cursor: page.cursor ?? "" };
  },
  async clubRolePage({ clubId, cursor, limit }) {
    const page = await app.entities().find(ClubRoleEntity, {
      where: { clubId },
      limit: limit || 100,
      ...(cursor !== "" && { cursor }),
    });
    return { clubRoleDbs: page.entities.map(({ data }) => data), cursor: page.cursor ?? "" };
  },
}));
