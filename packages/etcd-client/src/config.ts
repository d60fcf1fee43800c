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
    /** PEM file with the key of that certificate. */
    KeyFile: z.string().min(1).optional(),
  })
  .refine((value) => (value.CertFile === undefined) === (value.KeyFile === undefined), {
    path: ["KeyFile"],
    message: "CertFile and KeyFile go together: set both or none",
  });

/** Keys of a plugin's section that say how to reach etcd; `checkEtcdFields` must be among its checks. */
export const etcdFields = {
  /** Addresses of the members of one cluster, `host:port` with commas between; `https://host:port` where they want TLS. */
  Endpoints: z
    .string()
    .refine((text) => parseEndpoints(text) !== undefined, {
      error: 'write host:port, several with "," between, for example 127.0.0.1:2379',
    })
    .default("127.0.0.1:2379"),
  /** How long connecting, and each request, may take, in seconds. */
  DialTimeout: z.number().positive().max(3600).default(5),
  /** User name and password, where etcd wants them. */
  Username: z.string().min(1).optional(),
  /** The password that goes with Username. */
  Password: secret().optional(),
  /** Encrypts the connections, also to endpoints without https. */
  Tls: tls.optional(),
};

const fields = z.strictObject(etcdFields);

/** What says how to reach etcd. */
export type EtcdFields = z.output<typeof fields>;

/** A check that concerns several keys at once, for zod's `check`. */
export function checkEtcdFields({ value, issues }: z.core.ParsePayload<EtcdFields>): void {
  if ((value.Username === undefined) === (value.Password === undefined)) return;
  const message = "Username and Password go together: set both or none";
  issues.push({ code: "custom", path: ["Password"], message, input: value });
}

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
