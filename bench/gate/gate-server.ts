import { fromBinary } from "@bufbuild/protobuf";
import { SendToCli_ReqSchema } from "@m3game/examples/gen/gate_pb.js";
import { Hello_ReqSchema, MultiSer } from "@m3game/examples/gen/multi_pb.js";
import { gateWs } from "@m3game/gate-ws";
import { transTcp } from "@m3game/trans-tcp";
import { defineApp, type Instance, type PlayerCall, players, sessions, startApp } from "m3game";
import { staticRouter } from "../rpc/static-router.ts";

const decoder = new TextDecoder();
const group = "all";

/** What a request tells a gate without servers to do; any other is sent back. */
export const order = { join: "join", push: "push" } as const;

/** The text that is pushed, such that the message takes 100 bytes. */
export const pushed = "x".repeat(98);

const config = `
[[Plugin.Router.router_static]]
[[Plugin.Trans.trans_tcp]]
[[Plugin.Lease.lease_memory]]
[[Plugin.Gate.gate_ws]]
[[Server.Gate]]
MaxConnections = 20000
# The load has no other limit than the gate itself.
CallsPerSecond = 1000000
`;

/**
 * A gate on a free port, in this process. With servers it forwards calls to them, without it sends back what comes, and pushes when
 * told to. Resolves with its URL.
 */
export async function startGate(servers: readonly Instance[]): Promise<string> {
  const onCall = async ({ session, content }: PlayerCall) => {
    const { req } = fromBinary(Hello_ReqSchema, content);
    if (req === order.join) session.join(group);
    else if (req === order.push) await players(app).pushToGroup(group, SendToCli_ReqSchema, { content: pushed });
    return content;
  };
  const gate = sessions({
    services: [MultiSer],
    onAuth: (content) => ({ id: decoder.decode(content), response: new Uint8Array(0) }),
    ...(servers.length === 0 && { onCall }),
  });
  const definition = defineApp({
    func: "gate",
    servers: [],
    plugins: [transTcp, gateWs, staticRouter(servers)],
    gate,
  });
  const app = await startApp(definition, { id: "bench.world1.gate.1", config });
  const endpoint = app.endpoints.find(({ scheme }) => scheme === "ws")?.endpoint;
  if (endpoint === undefined) throw new Error("the gate listens nowhere");
  return `ws://${endpoint}`;
}
