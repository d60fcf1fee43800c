import { z } from "zod";

/** The section `[[Plugin.Lease.lease_online]]`. */
export const leaseOnlineConfig = z
  .object({
    /**
     * How long an app's session lasts without a renewal, in seconds. While the leader of the online apps has died nobody renews: make it
     * longer than it takes until the next one is elected, the time of *their* sessions and a little more.
     */
    LeaseKeepLiveTime: z.number().min(0.5).max(3600).default(30),
    /** How many seconds earlier than the leader an app holds its session for over. Without it 1 s or a tenth of the time, whichever is more. */
    PreExitTime: z.number().positive().max(1800).optional(),
  })
  .refine((value) => value.PreExitTime === undefined || value.PreExitTime <= value.LeaseKeepLiveTime / 2, {
    path: ["PreExitTime"],
    message: "at most half of LeaseKeepLiveTime: nothing could be owned for the time that is left",
  });

export type LeaseOnlineConfig = z.output<typeof leaseOnlineConfig>;
