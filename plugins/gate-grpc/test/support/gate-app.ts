import { create, fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { gateGrpc } from "@m3game/gate-grpc";
import { type App, defineApp, sessions, startApp } from "m3game";
import { type CSMsg, CSMsgSchema } from "m3game/gen/m3/gate_pb.js";
import { onTestFinished } from "vitest";

/** An app with a gate whose players are whom they say, and its endpoint. */
export async function startGateApp(section = "", gate = ""): Promise<{ app: App; endpoint: string }> {
  const definition = defineApp({
    func: "gate",
    servers: [],
    plugins: [gateGrpc],
    gate: sessions({
      services: [],
      onAuth: (content) => ({ id: new TextDecoder().decode(content), response: content }),
    }),
  });
  const config = `[[Plugin.Gate.gate_grpc]]\n${section}\n[[Server.Gate]]\n${gate}\n`;
  const app = await startApp(definition, { id: "test.world1.gate.1", config });
  onTestFinished(() => app.stop());
  const endpoint = app.endpoints.find(({ scheme }) => scheme === "grpc")?.endpoint ?? "";
  return { app, endpoint };
}

export function encode(fields: MessageInitShape<typeof CSMsgSchema>): Uint8Array {
  return toBinary(CSMsgSchema, create(CSMsgSchema, fields));
}

export function decode(bytes: Uint8Array): CSMsg {
  return fromBinary(CSMsgSchema, new Uint8Array(bytes));
}

/** The first message of a client. */
export function hello(player: string): Uint8Array {
  return encode({ content: new TextEncoder().encode(player), hello: { version: 1 } });
}
