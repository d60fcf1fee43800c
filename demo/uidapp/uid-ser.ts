import { Code, ledBy, M3Error, multi } from "m3game";
import { UidSer } from "../gen/uid_pb.js";
import { uidConfig } from "./uid-config.ts";
import { Uids } from "./uids.ts";

// There must be one counter: the elected leader has it. Its rows carry the leader's fence, so one that was paused and believes
// to lead still writes nothing over the next one's.
export const uidSer = ledBy("uid", UidSer, async ({ claim }, app) => {
  const { CachePoolSize } = uidConfig.parse(app.config);
  const uids = await Uids.load(app.entities().ownedBy(claim), app.id.world, CachePoolSize);
  return multi(UidSer, {
    async allocRoleId({ openId }) {
      if (openId === "") throw new M3Error(Code.INVALID_ARGUMENT, "open_id is empty: name the account");
      return { roleId: await uids.roleOf(openId) };
    },
    allocClubId: async ({ roleId }) => ({ clubId: await uids.newClub(roleId) }),
  });
});
