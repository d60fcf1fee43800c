import { connect } from "@m3game/client";
import { SendToCli_ReqSchema } from "@m3game/examples/gen/gate_pb.js";
import { MultiSer } from "@m3game/examples/gen/multi_pb.js";

// What the test gives the page.
declare const gateUrl: string;
declare const report: (line: string) => Promise<void>;

const client = await connect(gateUrl, { token: "june", reconnect: { minMs: 10, maxMs: 50 } });
client.on(SendToCli_ReqSchema, ({ content }) => report(`push ${content}`));
client.onState(({ state, ...more }) => report("resumed" in more ? `${state} ${JSON.stringify(more)}` : state));
const { rsp } = await client.service(MultiSer).hello({ req: "from a browser" });
await report(rsp);
