import { actor, Code, type Context, M3Error } from "m3game";
import { placeOf } from "../clubapp/slots.ts";
import { ClubSer } from "../gen/club_pb.js";
import { ClubRoleSer } from "../gen/clubrole_pb.js";
import { RoleFightSer, RoleSer, RoleView } from "../gen/role_pb.js";
import { UidSer } from "../gen/uid_pb.js";
import { roleHook } from "./login-hook.ts";
import { Role } from "./role.ts";

const longestName = 32;
const strongestPowerUp = 1_000_000;
const longestPage = 100;

/** The club that the role is in, 0n for none. */
async function clubOf({ roleId }: Role, ctx: Context): Promise<bigint> {
  return (await ctx.client(ClubRoleSer).clubRoleRead({ roleId })).clubId;
}

/** Fails for a role that is in no club. */
async function ownClub(self: Role, ctx: Context): Promise<bigint> {
  const clubId = await clubOf(self, ctx);
  if (clubId !== 0n) return clubId;
  throw new M3Error(Code.FAILED_PRECONDITION, "the role is in no club");
}

export const roleSer = actor(RoleSer, Role, {
  async roleLogin(self, _req, ctx) {
    if (!(await ctx.hooks.call(roleHook, self.roleId))) {
      throw new M3Error(Code.PERMISSION_DENIED, `role ${self.roleId} may not log in at the moment`);
    }
    return { roleDb: await self.login() };
  },

  async roleGetInfo(self, { detail }, ctx) {
    const roleDb = self.view(detail ? RoleView.RVDetail : RoleView.RVBrief);
    const clubId = await clubOf(self, ctx);
    const servedBy = { appId: ctx.app.app, gateId: ctx.sourceApp };
    return { roleDb, ...servedBy, ...(clubId !== 0n && { clubRoleDb: { roleId: self.roleId, clubId } }) };
  },

  roleModifyName({ data }, { newName }) {
    if (newName === "" || newName.length > longestName) {
      throw new M3Error(Code.INVALID_ARGUMENT, `new_name must have 1 to ${longestName} characters`);
    }
    return { name: (data.name = newName) };
  },

  rolePowerUp({ data }, { powerUp }) {
    if (powerUp < 1 || powerUp > strongestPowerUp) {
      throw new M3Error(Code.INVALID_ARGUMENT, `power_up must be 1 to ${strongestPowerUp}`);
    }
    // An int32: what is stored stays one.
    return { power: (data.power = Math.min(data.power + powerUp, 2 ** 31 - 1)) };
  },

  async roleGetClubInfo(self, _req, ctx) {
    const clubId = await clubOf(self, ctx);
    return clubId === 0n
      ? {}
      : ctx
          .client(ClubSer)
          .clubRead(placeOf(clubId))
          .then(({ clubDb }) => (clubDb ? { clubDb } : {}));
  },

  async roleGetClubList(_self, { cursor, limit }, ctx) {
    if (limit < 0 || limit > longestPage) {
      throw new M3Error(Code.INVALID_ARGUMENT, `limit must be 1 to ${longestPage}`);
    }
    const page = await ctx.client(ClubRoleSer).clubPage({ cursor, limit: limit || longestPage });
    return { clubDbs: page.clubDbs, cursor: page.cursor };
  },

  async roleGetClubRoleInfo(self, _req, ctx) {
    const clubId = await clubOf(self, ctx);
    return clubId === 0n ? {} : { clubRoleDb: { roleId: self.roleId, clubId } };
  },

  async roleCreateClub(self, _req, ctx) {
    if ((await clubOf(self, ctx)) !== 0n) throw new M3Error(Code.FAILED_PRECONDITION, "the role is in a club already");
    const { clubId } = await ctx.client(UidSer).allocClubId({ roleId: self.roleId });
    await self.createClub(clubId);
    return { clubId };
  },

  // One write of one slot: nothing to finish.
  async roleJoinClub(self, { clubId }, ctx) {
    await ctx.client(ClubSer).clubJoin({ ...placeOf(clubId), roleId: self.roleId });
    return {};
  },

  async roleExitClub(self, _req, ctx) {
    await ctx.client(ClubSer).clubExit({ ...placeOf(await ownClub(self, ctx)), roleId: self.roleId });
    return {};
  },

  async roleCancelClub(self, _req, ctx) {
    await self.cancelClub(await ownClub(self, ctx));
    return {};
  },

  roleMatchJoin: async (self, { partyIds }) => ({ fightId: await self.match.join(partyIds) }),

  roleMatchCancel: async (self) => ({ fightId: await self.match.cancel() }),

  async roleMatchFollow(self, { roleId }, ctx) {
    if (roleId === self.roleId) throw new M3Error(Code.INVALID_ARGUMENT, "a role can't follow itself");
    await ctx.client(RoleFightSer).roleMatchOffer({ roleId, member: self.member });
    return {};
  },

  roleKick(self) {
    self.exit();
    return {};
  },
});
