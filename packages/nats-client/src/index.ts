export { type NatsConfig, natsConfig } from "./config.ts";
export { type BucketEntry, type BucketOptions, NatsBucket } from "./nats-bucket.ts";
export { NatsClient, type NatsClientOptions } from "./nats-client.ts";
