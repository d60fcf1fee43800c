import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { Code, M3Error, sessions } from "m3game";
import { FightSer } from "../gen/fight_pb.js";
import { AuthReqSchema, AuthRspSchema } from "../gen/gate_pb.js";
import { RoleSer } from "../gen/role_pb.js";
import { UidSer } from "../gen/uid_pb.js";
import { forwardCall } from "./forward-call.ts";

const longestToken = 64;

/**
 * Who plays. The token stands for what an account service would have signed; here it names the account. From then on a session is
 * its role: whatever the client sends, its calls reach the actor of this role alone, and fights in the name of this role.
 */
export const roles = sessions({
  services: [RoleSer, FightSer],
  onCall: forwardCall,
  async onAuth(content, { client }) {
    const { token } = fromBinary(AuthReqSchema, content);
    if (token === "" || token.length > longestToken) {
      throw new M3Error(Code.UNAUTHENTICATED, `the token must have 1 to ${longestToken} characters`);
    }
    const { roleId } = await client(UidSer).allocRoleId({ openId: `OpenId-${token}` });
    return { id: String(roleId), response: toBinary(AuthRspSchema, create(AuthRspSchema, { roleId })) };
  },
});
