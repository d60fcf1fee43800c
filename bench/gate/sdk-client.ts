import { connect, type GameClient, type Transport } from "@m3game/client";
import { MultiSer } from "@m3game/examples/gen/multi_pb.js";
import { WebSocket } from "ws";
import type { Issue } from "../harness/subject.ts";
import { echoProblem, textSource } from "../rpc/message.ts";
import { counts } from "./sessions.ts";

/** Over the same library as the other clients here. */
const overWs: Transport = (url, events) => {
  const socket = new WebSocket(url, { perMessageDeflate: false });
  socket.on("open", () => events.onOpen());
  socket.on("message", (message: Buffer) => events.onMessage(message));
  socket.on("close", (code, reason) => events.onClose(code, String(reason)));
  socket.on("error", () => {});
  return { send: (message) => socket.send(message), close: () => socket.close() };
};

const encodeToken = (token: string) => new TextEncoder().encode(token);

/** Echo calls with the client's SDK over 1 000 sessions, one under way for each. */
export async function sdkCalls(url: string): Promise<Issue> {
  const clients = await Promise.all(
    Array.from({ length: counts.echo }, (_, index) =>
      connect(url, { token: `player-${index}`, encodeToken, transport: overWs, timeoutMs: 60_000 }),
    ),
  );
  return callsOver(clients);
}

function callsOver(clients: readonly GameClient[]): Issue {
  const free = clients.map((client) => client.service(MultiSer));
  const nextText = textSource();
  return (done) => {
    const service = free.pop();
    if (service === undefined) return done(new Error("there are more calls than clients"));
    const text = nextText();
    service.hello({ req: text }).then(({ rsp }) => {
      free.push(service);
      done(echoProblem(text, rsp));
    }, done);
  };
}
