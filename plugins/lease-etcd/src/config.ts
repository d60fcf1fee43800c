import { checkEtcdFields, etcdFields } from "@m3game/etcd-client";
import { z } from "zod";

/** Address of one etcd member. */
export interface EtcdEndpoint {
  /** `host:port` */
  readonly address: string;
  readonly secure: boolean;
}

const tls = z
  .strictObject({
    /** PEM file with the authorities that etcd's certificate must come from; without it the system's. */
    CaFile: z.string().min(1).optional(),
    /** PEM file with this app's certificate, where etcd wants one. */
    CertFile: z.string().min(1).optional(),
    /** PEM file with the certificate's private key. */
    KeyFile: z.string().min(1).optional(),
  })
  .refine((value) => (value.CertFile === undefined) === (value.KeyFile === undefined), {
    path: ["KeyFile"],
    message: "CertFile and KeyFile go together: set both or none",
  });

const seconds = z.number().positive().max(3600);

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
    PreExitTime: seconds.optional(),
    /** User name, where etcd wants one. */
    Username: z.string().min(1).optional(),
    /** The user's password. */
    Password: secret().optional(),
    /** Encrypts the connections, also to endpoints without https. */
    Tls: tls.optional(),
  })
  .check(checkEtcdFields)
  .refine((value) => value.PreExitTime === undefined || value.PreExitTime <= value.LeaseKeepLiveTime / 2, {
    path: ["PreExitTime"],
    message: "at most half of LeaseKeepLiveTime: nothing could be owned for the time that is left",
  });

export type EtcdConfig = z.output<typeof etcdConfig>;
