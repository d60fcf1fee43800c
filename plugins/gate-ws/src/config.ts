import { serverTls } from "@m3game/net-listen";
import { z } from "zod";

/** One `[[Plugin.Gate.gate_ws]]` section. */
export const wsConfig = z.strictObject({
  /** Address to listen on. */
  Host: z.string().min(1).default("127.0.0.1"),
  /** Port to listen on; 0 takes any free one. */
  Port: z.int().min(0).max(65535).default(0),
  /** The path that clients connect to. */
  Path: z.string().regex(/^\//, { error: 'write a path that begins with "/"' }).default("/"),
  /**
   * Where the pages come from that may connect, as browsers say it: `https://game.example`. `*`: from anywhere. Without any: only
   * pages of this host itself. Clients that are no browser may always.
   */
  AllowedOrigins: z.array(z.string().min(1)).default([]),
  /** The largest message of a client, in bytes: a connection that brings a larger one is closed with code 1009. */
  MaxFrameBytes: z
    .int()
    .min(1024)
    .max(2 ** 31 - 1)
    .default(1024 * 1024),
  /** Seconds from the connection to the end of the WebSocket handshake. */
  HandshakeTimeOut: z.number().min(0.01).default(10),
  /** Encrypts the connections; plain text without it. */
  Tls: serverTls.optional(),
});

export type WsConfig = z.output<typeof wsConfig>;
