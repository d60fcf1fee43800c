import { checkEtcdFields, etcdFields } from "@m3game/etcd-client";
import { z } from "zod";

/** The section `[[Plugin.Lease.lease_etcd]]`. */
export const etcdConfig = z
  .strictObject({
    ...etcdFields,
    /** How long an app's session lasts without a renewal, in seconds. */
    LeaseKeepLiveTime: z.int().min(2).max(3600).default(10),
    /**
     * How many seconds earlier than etcd an app holds its session for over. Without it 1 s or a tenth of LeaseKeepLiveTime,
     * whichever is more.
     */
    PreExitTime: z.number().positive().max(3600).optional(),
  })
  .check(checkEtcdFields)
  .refine((value) => value.PreExitTime === undefined || value.PreExitTime <= value.LeaseKeepLiveTime / 2, {
    path: ["PreExitTime"],
    message: "at most half of LeaseKeepLiveTime: nothing could be owned for the time that is left",
  });

export type EtcdConfig = z.output<typeof etcdConfig>;
