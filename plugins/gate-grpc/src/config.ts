import { serverTls } from "@m3game/net-listen";
import { z } from "zod";

/** One `[[Plugin.Gate.gate_grpc]]` section. */
export const grpcConfig = z.strictObject({
  /** Address to listen on. */
  Host: z.string().min(1).default("127.0.0.1"),
  /** Port to listen on; 0 takes any free one. */
  Port: z.int().min(0).max(65535).default(0),
  /** The largest message of a client, in bytes: a stream that brings a larger one ends with RESOURCE_EXHAUSTED. */
  MaxFrameBytes: z
    .int()
    .min(1024)
    .max(2 ** 31 - 1)
    .default(1024 * 1024),
  /**
   * Milliseconds between pings; a client that does not answer one for half as long is given up. A connection on which no stream is open
   * for three times as long is closed.
   */
  KeepAliveMs: z.int().min(1000).default(20_000),
  /** Encrypts the connections; plain text without it. */
  Tls: serverTls.optional(),
});

export type GrpcConfig = z.output<typeof grpcConfig>;
