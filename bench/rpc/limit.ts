import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { Hello_ReqSchema, Hello_RspSchema } from "@m3game/examples/gen/multi_pb.js";
import { CallTable } from "m3game/internal";
import type { Subject } from "../harness/subject.ts";
import { FrameReader, FrameWriter } from "./limit-frames.ts";
import { echoProblem, textSource } from "./message.ts";

interface PendingCall {
  readonly text: string;
  readonly done: (error?: unknown) => void;
}

/**
 * What Node and the codec allow: a bare loop on node:net with numbered frames, without promises, deadlines, routing,
 * errors or back-pressure. The yardstick for everything else.
 */
export const subject: Subject = {
  async serve() {
    const server = createServer({ noDelay: true }, (socket) => {
      const writer = new FrameWriter(socket);
      readFrames(socket, (id, payload) => {
        const { req } = fromBinary(Hello_ReqSchema, payload);
        writer.write(id, toBinary(Hello_RspSchema, create(Hello_RspSchema, { rsp: req })));
      });
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    return { port: typeof address === "object" && address !== null ? address.port : 0 };
  },

  async connect({ port }) {
    const socket = connect({ host: "127.0.0.1", port: Number(port), noDelay: true });
    await once(socket, "connect");
    const writer = new FrameWriter(socket);
    // As the framework has them: a Map would cost half of the rate.
    const pending = new CallTable<PendingCall>();
    const nextText = textSource();
    let lastId = 0;
    readFrames(socket, (id, payload) => {
      const call = pending.get(id);
      pending.delete(id);
      const { rsp } = fromBinary(Hello_RspSchema, payload);
      call?.done(echoProblem(call.text, rsp));
    });
    return (done) => {
      const text = nextText();
      const id = ++lastId;
      pending.set(id, { text, done });
      writer.write(id, toBinary(Hello_ReqSchema, create(Hello_ReqSchema, { req: text })));
    };
  },
};

function readFrames(socket: Socket, onFrame: (id: number, payload: Uint8Array) => void): void {
  const reader = new FrameReader(onFrame);
  socket.on("data", (chunk: Buffer) => reader.read(chunk));
}
