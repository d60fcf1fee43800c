import { Code, defineApp, M3Error, multi } from "m3game";
import { MultiSer } from "../gen/multi_pb.js";

// The handlers of a multi server run concurrently.
const multiSer = multi(MultiSer, {
  hello: (req) => ({ rsp: `Hello , ${req.req}` }),
  traceHello: (req) => ({ rsp: `TraceHello , ${req.req}` }),
  // Limited and broken by config/shaperule.toml; "fail" shows how.
  breakHello: (req) => {
    if (req.req === "fail") throw new M3Error(Code.INTERNAL, "told to fail");
    return { rsp: `BreakHello , ${req.req}` };
  },
});

export default defineApp({ func: "multi", servers: [multiSer] });
