import { once } from "node:events";
import { createServer } from "node:http2";
import { createClient } from "@connectrpc/connect";
import { connectNodeAdapter, createConnectTransport } from "@connectrpc/connect-node";
import { MultiSer } from "@m3game/examples/gen/multi_pb.js";
import type { Subject } from "../harness/subject.ts";
import { echoProblem, textSource } from "../rpc/message.ts";

export const subject: Subject = {
  async serve() {
    const server = createServer(
      connectNodeAdapter({
        routes: (router) => router.service(MultiSer, { hello: (request) => ({ rsp: request.req }) }),
      }),
    );
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    return { port: typeof address === "object" && address !== null ? address.port : 0 };
  },

  async connect({ port }) {
    const transport = createConnectTransport({ baseUrl: `http://127.0.0.1:${port}`, httpVersion: "2" });
    const client = createClient(MultiSer, transport);
    const nextText = textSource();
    return (done) => {
      const text = nextText();
      client.hello({ req: text }).then((response) => done(echoProblem(text, response.rsp)), done);
    };
  },
};
