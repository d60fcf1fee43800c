import { runTransConformance } from "@m3game/testing";
import { transHttp2 } from "@m3game/trans-http2";

runTransConformance({
  name: "trans_http2",
  create: (context, { port, maxMessageBytes }) =>
    transHttp2.create(transHttp2.config.parse({ Port: port, MaxMessageBytes: maxMessageBytes }), context),
});
