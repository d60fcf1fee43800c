import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import {
  Client,
  credentials,
  type handleUnaryCall,
  type MethodDefinition,
  Server,
  ServerCredentials,
} from "@grpc/grpc-js";
import { type Hello_Req, Hello_ReqSchema, type Hello_Rsp, Hello_RspSchema } from "@m3game/examples/gen/multi_pb.js";
import type { Subject } from "../harness/subject.ts";
import { echoProblem, textSource } from "../rpc/message.ts";

// The same codec as everywhere else here, so that the transport alone makes the difference.
const hello: MethodDefinition<Hello_Req, Hello_Rsp> = {
  path: "/proto.MultiSer/Hello",
  requestStream: false,
  responseStream: false,
  requestSerialize: (message) => Buffer.from(toBinary(Hello_ReqSchema, message)),
  requestDeserialize: (bytes) => fromBinary(Hello_ReqSchema, bytes),
  responseSerialize: (message) => Buffer.from(toBinary(Hello_RspSchema, message)),
  responseDeserialize: (bytes) => fromBinary(Hello_RspSchema, bytes),
};

export const subject: Subject = {
  async serve() {
    const server = new Server();
    const handler: handleUnaryCall<Hello_Req, Hello_Rsp> = (call, callback) => {
      callback(null, create(Hello_RspSchema, { rsp: call.request.req }));
    };
    server.addService({ hello }, { hello: handler });
    return new Promise((resolve, reject) => {
      server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) => {
        if (error) reject(error);
        else resolve({ port });
      });
    });
  },

  async connect({ port }) {
    const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
    const nextText = textSource();
    return (done) => {
      const text = nextText();
      client.makeUnaryRequest(
        hello.path,
        hello.requestSerialize,
        hello.responseDeserialize,
        create(Hello_ReqSchema, { req: text }),
        (error, response) => done(error ?? echoProblem(text, response?.rsp ?? "")),
      );
    };
  },
};
