import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { Code, defineApp, M3Error, sessions } from "m3game";
import { ActorRegSer, ActorSer } from "../gen/actor_pb.js";
import { AuthReqSchema, AuthRspSchema } from "../gen/gate_pb.js";
import { MultiSer } from "../gen/multi_pb.js";
import { WorldSer } from "../gen/world_pb.js";
import { gateSer } from "./gate-ser.ts";

/** Whoever brings a token is its player: a game asks its account service here. */
const gate = sessions({
  services: [MultiSer, ActorSer, ActorRegSer, WorldSer],
  onAuth(content) {
    const { token } = fromBinary(AuthReqSchema, content);
    if (token === "") throw new M3Error(Code.UNAUTHENTICATED, "the token is empty");
    const playerId = `PlayerID-${token}`;
    return { id: playerId, response: toBinary(AuthRspSchema, create(AuthRspSchema, { playerId })) };
  },
});

export default defineApp({ func: "gate", servers: [gateSer], gate });
