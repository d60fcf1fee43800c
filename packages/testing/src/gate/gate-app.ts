import { create, fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { type App, defineApp, type PluginDefinition, sessions, startApp } from "m3game";
import { type CSMsg, CSMsgSchema } from "m3game/gen/m3/gate_pb.js";
import { onTestFinished } from "vitest";

/** Starts an app whose players are whom they say; it ends with the test. `endpoint`: the address of its gate. */
export type StartGateApp = (section?: string, gate?: string) => Promise<{ app: App; endpoint: string }>;

/** Makes a function that starts an app with this gate plugin: with a config section of the plugin, and one of `[[Server.Gate]]`. */
export function gateAppStarter(plugin: PluginDefinition<"gate">): StartGateApp {
  const gate = sessions({
    services: [],
    onAuth: (content) => ({ id: new TextDecoder().decode(content), response: content }),
  });
  const definition = defineApp({ func: "gate", servers: [], plugins: [plugin], gate });
  return async (section = "", limits = "") => {
    const config = `[[Plugin.Gate.${plugin.name}]]\n${section}\n[[Server.Gate]]\n${limits}\n`;
    const app = await startApp(definition, { id: "test.world1.gate.1", config });
    onTestFinished(() => app.stop());
    return { app, endpoint: app.endpoints.at(-1)?.endpoint ?? "" };
  };
}

/** A message of the gate's protocol, encoded. */
export function encodeGateMessage(fields: MessageInitShape<typeof CSMsgSchema>): Uint8Array {
  return toBinary(CSMsgSchema, create(CSMsgSchema, fields));
}

/** What a message of the gate's protocol says. Throws for bytes that are none. */
export function decodeGateMessage(bytes: Uint8Array): CSMsg {
  return fromBinary(CSMsgSchema, new Uint8Array(bytes));
}

/** The first message of a client. */
export function gateHello(player: string): Uint8Array {
  return encodeGateMessage({ content: new TextEncoder().encode(player), hello: { version: 1 } });
}
