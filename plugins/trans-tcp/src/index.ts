export { transTcp, transTcp as default } from "./trans-tcp.ts";
