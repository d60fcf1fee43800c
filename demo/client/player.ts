import { connect, type GameClient } from "@m3game/client";
import { AuthRspSchema } from "../gen/gate_pb.js";

/** A player who is logged in. Disposing logs it out. */
export interface Player extends Disposable {
  readonly client: GameClient;
  readonly roleId: bigint;
}

/** Logs in at a gate, `host:port`, as the account that the token stands for. */
export async function login(gate: string, token: string): Promise<Player> {
  const client = await connect(`ws://${gate}/`, { token });
  return {
    client,
    roleId: client.authResponse(AuthRspSchema).roleId,
    [Symbol.dispose]: () => client.close(),
  };
}
