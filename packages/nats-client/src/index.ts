export { type NatsConfig, natsConfig, serversOf } from "./config.ts";
export { NatsClient, type NatsClientOptions } from "./nats-client.ts";
