import { z } from "zod";

const tls = z
  .strictObject({
    /** PEM file with this app's certificate and its chain. */
    CertFile: z.string().min(1),
    /** PEM file with the certificate's private key. */
    KeyFile: z.string().min(1),
    /** PEM file with the authorities that peers' certificates must come from; without it the system's. */
    CaFile: z.string().min(1).optional(),
    /** Refuse callers without a certificate of `CaFile`. */
    RequireClientCert: z.boolean().default(false),
  })
  .refine((value) => !value.RequireClientCert || value.CaFile !== undefined, {
    path: ["CaFile"],
    message: "RequireClientCert needs CaFile: the authorities that callers' certificates must come from",
  });

/** One `[[Plugin.Trans.trans_http2]]` section. */
export const http2Config = z.strictObject({
  /** Address to listen on. */
  Host: z.string().min(1).default("127.0.0.1"),
  /** Port to listen on; 0 takes any free one. */
  Port: z.int().min(0).max(65535).default(0),
  /** The host that others connect to, where it is not `Host`: needed when that is 0.0.0.0. */
  AdvertiseHost: z.string().min(1).optional(),
  /** Largest request and response, in bytes. */
  MaxMessageBytes: z
    .int()
    .min(1)
    .max(2 ** 31 - 1)
    .default(4 * 1024 * 1024),
  /** Most calls that one link carries, or one connection to this app may have open, at a time. */
  MaxInFlight: z.int().min(1).default(10_000),
  /**
   * Milliseconds between pings; a peer that does not answer one for half as long is given up. 0 turns pings off, for peers
   * that refuse frequent ones, as servers on grpc-go do by default.
   */
  KeepAliveMs: z.int().min(0).default(10_000),
  /** Encrypts what is listened on and what is connected to; plain text without it. */
  Tls: tls.optional(),
});

export type Http2Config = z.output<typeof http2Config>;
export type TlsConfig = z.output<typeof tls>;
