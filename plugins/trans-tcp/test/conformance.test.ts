import { runTransConformance } from "@m3game/testing";
import { transTcp } from "@m3game/trans-tcp";

runTransConformance({
  name: "trans_tcp",
  create: (context, { port, maxMessageBytes }) =>
    transTcp.create(transTcp.config.parse({ Port: port, MaxMessageBytes: maxMessageBytes }), context),
});
