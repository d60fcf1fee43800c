import { readServerTls } from "@m3game/net-listen";
import { definePlugin } from "m3game";
import { wsConfig } from "./config.ts";
import { listenWs } from "./listener.ts";

/** WebSocket connections of game clients, `[[Plugin.Gate.gate_ws]]`: each binary frame is one CSMsg. */
export const gateWs = definePlugin({
  kind: "gate",
  name: "gate_ws",
  config: wsConfig,
  async create(config) {
    const tls = config.Tls && (await readServerTls(config.Tls));
    return {
      scheme: tls === undefined ? "ws" : "wss",
      listen: (host) => listenWs(host, config, tls),
      async [Symbol.asyncDispose]() {},
    };
  },
});
