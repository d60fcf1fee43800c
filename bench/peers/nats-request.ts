import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { Hello_ReqSchema, Hello_RspSchema } from "@m3game/examples/gen/multi_pb.js";
import { connect } from "@nats-io/transport-node";
import type { Services, Subject } from "../harness/subject.ts";
import { echoProblem, textSource } from "../rpc/message.ts";

const subjectName = "bench.nats.hello";

function server({ nats }: Services): string {
  if (nats === undefined) throw new Error('no NATS server is known: run "npm run services -- up"');
  return nats;
}

/** The client's own request and reply with the same codec: no metadata, errors, routing or back-pressure. */
export const subject: Subject = {
  async serve(services) {
    const connection = await connect({ servers: server(services) });
    connection.subscribe(subjectName, {
      callback: (_refusal, message) => {
        const { req } = fromBinary(Hello_ReqSchema, message.data);
        message.respond(toBinary(Hello_RspSchema, create(Hello_RspSchema, { rsp: req })));
      },
    });
    await connection.flush();
    return {};
  },

  async connect(_address, services) {
    const connection = await connect({ servers: server(services) });
    const nextText = textSource();
    return (done) => {
      const text = nextText();
      const request = toBinary(Hello_ReqSchema, create(Hello_ReqSchema, { req: text }));
      connection
        .request(subjectName, request, { timeout: 10_000 })
        .then(({ data }) => done(echoProblem(text, fromBinary(Hello_RspSchema, data).rsp)), done);
    };
  },
};
