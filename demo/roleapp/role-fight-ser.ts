import { actor } from "m3game";
import { RoleFightSer } from "../gen/role_pb.js";
import { Role } from "./role.ts";

/** What other apps tell a role. No gate lists it, and it is for apps only: nobody else can tell a role that it has won. */
export const roleFightSer = actor(RoleFightSer, Role, {
  async roleFightResult(self, request) {
    await self.takeFightResult(request);
    return {};
  },
  roleMatchOffer(self, { member }) {
    if (member !== undefined) self.match.offer(member);
    return {};
  },
});
