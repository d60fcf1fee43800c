export { type TransNatsConfig, transNatsConfig } from "./config.ts";
export { transNats, transNats as default } from "./trans-nats.ts";
