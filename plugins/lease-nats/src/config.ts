import { natsConfig } from "@m3game/nats-client";
import { z } from "zod";

/** The section `[[Plugin.Lease.lease_nats]]`. */
export const leaseNatsConfig = natsConfig
  .extend({
    /** The key-value bucket with sessions and claims: the same for all apps of one cluster. */
    Bucket: z
      .string()
      .regex(/^[A-Za-z0-9_-]{1,64}$/, { error: "write a name of A-Z a-z 0-9 _ and -" })
      .default("m3lease"),
    /** How long an app's session lasts without a renewal, in seconds. */
    LeaseKeepLiveTime: z.int().min(1).max(3600).default(10),
    /**
     * How many seconds earlier than NATS an app holds its session for over. Without it 1 s or a tenth of LeaseKeepLiveTime,
     * whichever is more.
     */
    PreExitTime: z.number().positive().max(3600).optional(),
    /** On how many servers of a cluster the buckets are kept, when they are made. */
    Replicas: z.int().min(1).max(5).default(1),
  })
  .refine((value) => value.PreExitTime === undefined || value.PreExitTime <= value.LeaseKeepLiveTime / 2, {
    path: ["PreExitTime"],
    message: "at most half of LeaseKeepLiveTime: nothing could be owned for the time that is left",
  });

export type LeaseNatsConfig = z.output<typeof leaseNatsConfig>;
