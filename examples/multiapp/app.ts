import { defineApp, multi } from "m3game";
import { MultiSer } from "../gen/multi_pb.js";

// The handlers of a multi server run concurrently.
const multiSer = multi(MultiSer, {
  hello: (req) => ({ rsp: `Hello , ${req.req}` }),
  traceHello: (req) => ({ rsp: `TraceHello , ${req.req}` }),
  breakHello: (req) => ({ rsp: `BreakHello , ${req.req}` }),
});

export default defineApp({ func: "multi", servers: [multiSer] });
