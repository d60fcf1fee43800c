import { gateGrpc } from "@m3game/gate-grpc";
import { runGateConformance } from "@m3game/testing";
import { connectClient } from "./support/grpc-client.ts";

runGateConformance({
  name: "gate_grpc",
  create: (context, { port, maxFrameBytes }) =>
    gateGrpc.create(gateGrpc.config.parse({ Port: port, MaxFrameBytes: maxFrameBytes }), context),
  connect: connectClient,
});
