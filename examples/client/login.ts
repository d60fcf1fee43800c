import { connect } from "@m3game/client";
import { AuthRspSchema } from "../gen/gate_pb.js";
import { grpcTransport } from "./grpc-transport.ts";
import { LegacyPlayer } from "./legacy-player.ts";
import type { Player } from "./player.ts";

/** How a client may reach the gate, and where it is unless it is told otherwise. */
export const protocols = { ws: "127.0.0.1:20035", grpc: "127.0.0.1:20034", legacy: "127.0.0.1:20034" } as const;

export type Protocol = keyof typeof protocols;

/** Logs a player in. `ws` and `grpc` speak as @m3game/client does, `legacy` as clients of the original do. */
export async function login(protocol: Protocol, endpoint: string, token: string): Promise<Player> {
  if (protocol === "legacy") return LegacyPlayer.login(endpoint, token);
  const client = await connect(`${protocol}://${endpoint}`, {
    token,
    ...(protocol === "grpc" && { transport: grpcTransport }),
  });
  return {
    id: client.authResponse(AuthRspSchema).playerId,
    service: (service) => client.service(service),
    on: (schema, handler) => client.on(schema, handler),
    close: () => client.close(),
  };
}
