import { secret } from "m3game";
import { z } from "zod";

const tlsSchema = z
  .object({
    /** PEM file with the certificate, and those between it and an authority that peers know. */
    CertFile: z.string().min(1),
    /** PEM file with the certificate's private key. */
    KeyFile: z.string().min(1),
    /** Whom to trust; without it the system's authorities. */
    CaFile: z.string().min(1).optional(),
    /** Mutual TLS: peers without a certificate of `CaFile` are refused. */
    RequireClientCert: z.boolean().default(false),
  })
  .refine((tls) => !tls.RequireClientCert || tls.CaFile !== undefined, {
    path: ["CaFile"],
    message: "RequireClientCert needs CaFile: the authorities that peers' certificates must come from",
  });

/** The section `[[Plugin.Trans.trans_tcp]]`. */
export const transTcpConfig = z.object({
  /** The address to listen on. */
  Host: z.string().min(1).default("127.0.0.1"),
  /** 0 takes any free port. */
  Port: z.int().min(0).max(65_535).default(0),
  /** The host that other apps connect to, where it is not `Host`: needed when that is 0.0.0.0. */
  AdvertiseHost: z.string().min(1).optional(),
  /** Larger messages are refused, in bytes. */
  MaxMessageBytes: z
    .int()
    .min(1024)
    .max(1 << 30)
    .default(4 << 20),
  /** Calls of one peer that may be unanswered at once. */
  MaxInFlight: z.int().min(1).default(10_000),
  /** Peers that may be connected at once. */
  MaxConnections: z.int().min(1).default(1024),
  /** A peer that says nothing is asked after this time, in milliseconds, and given up after as long again. At least 100. */
  KeepAliveMs: z.int().min(100).default(10_000),
  /** Proven by both sides without being sent; all apps of a cluster need the same. For networks without TLS. */
  Secret: secret().min(16).optional(),
  Tls: tlsSchema.optional(),
});

export type TransTcpConfig = z.output<typeof transTcpConfig>;
export type TlsConfig = z.output<typeof tlsSchema>;
