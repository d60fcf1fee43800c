export { transNats, transNats as default } from "./trans-nats.ts";
