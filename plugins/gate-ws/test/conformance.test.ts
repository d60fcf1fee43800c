import { gateWs } from "@m3game/gate-ws";
import { runGateConformance } from "@m3game/testing";
import { connectClient } from "./support/ws-client.ts";

runGateConformance({
  name: "gate_ws",
  create: (context, { port, maxFrameBytes }) =>
    gateWs.create(gateWs.config.parse({ Port: port, MaxFrameBytes: maxFrameBytes }), context),
  connect: connectClient,
});
