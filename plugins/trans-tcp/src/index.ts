export { type TransTcpConfig, transTcpConfig } from "./config.ts";
export { transTcp, transTcp as default } from "./trans-tcp.ts";
