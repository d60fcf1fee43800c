import { fromBinary } from "@bufbuild/protobuf";
import { Code, defineApp, M3Error, sessions } from "m3game";
import { LoginSchema } from "../gen/gate_pb.js";
import { PlayerSer } from "../gen/player_pb.js";

/** Who plays. Here the token is the player's name: a game of yours asks its account service, or checks a JSON Web Token. */
const gate = sessions({
  services: [PlayerSer], // clients may call their methods with `cs: true`
  onAuth(content) {
    const { token } = fromBinary(LoginSchema, content);
    if (!/^\w{1,20}$/.test(token)) {
      throw new M3Error(Code.UNAUTHENTICATED, "a name has 1 to 20 letters, digits and underscores");
    }
    return { id: token, response: new Uint8Array() };
  },
});

export default defineApp({ func: "gate", servers: [], gate });
