import { ServerCredentials } from "@grpc/grpc-js";
import { readServerTls } from "@m3game/net-listen";
import { definePlugin } from "m3game";
import { grpcConfig } from "./config.ts";
import { listenGrpc } from "./listener.ts";

/** Connections of game clients as gRPC streams, `[[Plugin.Gate.gate_grpc]]`: those of the original, and ours. */
export const gateGrpc = definePlugin({
  kind: "gate",
  name: "gate_grpc",
  config: grpcConfig,
  async create(config) {
    const credentials = await loadCredentials(config.Tls);
    return {
      scheme: "grpc",
      listen: (host) => listenGrpc(host, config, credentials),
      async [Symbol.asyncDispose]() {},
    };
  },
});

async function loadCredentials(tls: Parameters<typeof readServerTls>[0] | undefined): Promise<ServerCredentials> {
  if (tls === undefined) return ServerCredentials.createInsecure();
  const { cert, key } = await readServerTls(tls);
  return ServerCredentials.createSsl(null, [{ cert_chain: cert, private_key: key }]);
}
