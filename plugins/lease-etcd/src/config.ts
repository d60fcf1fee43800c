import { secret } from "m3game";
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
    /** PEM files with this app's certificate and key, where etcd wants one. */
    CertFile: z.string().min(1).optional(),
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
    /** Addresses of the members of one cluster, `host:port` with commas between; `https://host:port` where they want TLS. */
    Endpoints: z
      .string()
      .refine((text) => parseEndpoints(text) !== undefined, {
        error: 'write host:port, several with "," between, for example 127.0.0.1:2379',
      })
      .default("127.0.0.1:2379"),
    /** How long connecting, and each request, may take, in seconds. */
    DialTimeout: seconds.default(5),
    /** How long an app's session lasts without a renewal, in seconds. */
    LeaseKeepLiveTime: z.int().min(2).max(3600).default(10),
    /**
     * How many seconds earlier than etcd an app holds its session for over. Without it 1 s or a tenth of LeaseKeepLiveTime,
     * whichever is more.
     */
    PreExitTime: seconds.optional(),
    /** User name and password, where etcd wants them. */
    Username: z.string().min(1).optional(),
    Password: secret().optional(),
    /** Encrypts the connections, also to endpoints without https. */
    Tls: tls.optional(),
  })
  .refine((value) => value.PreExitTime === undefined || value.PreExitTime <= value.LeaseKeepLiveTime / 2, {
    path: ["PreExitTime"],
    message: "at most half of LeaseKeepLiveTime: nothing could be owned for the time that is left",
  })
  .refine((value) => (value.Username === undefined) === (value.Password === undefined), {
    path: ["Password"],
    message: "Username and Password go together: set both or none",
  });

export type EtcdConfig = z.output<typeof etcdConfig>;

/** The addresses in `Endpoints`, undefined when one of them is none. */
export function parseEndpoints(text: string): readonly EtcdEndpoint[] | undefined {
  const endpoints: EtcdEndpoint[] = [];
  for (const part of text.split(",")) {
    const match = /^(?:(https?):\/\/)?([^\s/@,]+:\d{1,5})\/?$/.exec(part.trim());
    const [scheme, address] = match?.slice(1) ?? [];
    if (address === undefined) return undefined;
    endpoints.push({ address, secure: scheme === "https" });
  }
  return endpoints;
}
