import { definePlugin } from "m3game";
import { etcdConfig } from "./config.ts";
import { EtcdLease } from "./etcd-lease.ts";

/**
 * Leases in etcd, `[[Plugin.Lease.lease_etcd]]`: a session is an etcd lease, a claim a key on it, and the counters of
 * fences are revisions.
 */
export const leaseEtcd = definePlugin({
  kind: "lease",
  name: "lease_etcd",
  config: etcdConfig,
  create: (config, context) => EtcdLease.start(config, context),
});

export default leaseEtcd;
