import { definePlugin } from "m3game";
import { leaseOnlineConfig } from "./config.ts";
import { OnlineLease } from "./online-lease.ts";

/**
 * Leases kept by the online apps, `[[Plugin.Lease.lease_online]]`: what roles need, by the thousand, without a write for each. The
 * online apps themselves elect their leader by another lease plugin.
 */
export const leaseOnline = definePlugin({
  kind: "lease",
  name: "lease_online",
  config: leaseOnlineConfig,
  create: (config, context) => new OnlineLease(config, context),
});
