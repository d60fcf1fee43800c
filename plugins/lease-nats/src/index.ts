import { definePlugin } from "m3game";
import { leaseNatsConfig } from "./config.ts";
import { NatsLease } from "./nats-lease.ts";

/**
 * Leases in key-value buckets of NATS JetStream, `[[Plugin.Lease.lease_nats]]`: a session is a key that is dropped when it is
 * not written again in time, a claim one that names a session, and the counters of fences are revisions.
 */
export const leaseNats = definePlugin({
  kind: "lease",
  name: "lease_nats",
  config: leaseNatsConfig,
  create: (config, context) => NatsLease.start(config, context),
});

export default leaseNats;
