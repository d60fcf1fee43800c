import { defineApp, multi } from "m3game";
import { SimpleSer } from "../gen/simple_pb.js";

const simpleSer = multi(SimpleSer, {
  helloWorld: (req) => ({ rsp: `HelloWorld , ${req.req}` }),
});

export default defineApp({ func: "simple", servers: [simpleSer] });
