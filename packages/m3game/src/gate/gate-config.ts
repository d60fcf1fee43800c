import { z } from "zod";
import { secret } from "../config/secret.ts";
import { isGateMetaKey } from "../meta/gate-meta-key.ts";
import { isReservedKey } from "../meta/metadata.ts";
import { isTraceKey } from "../telemetry/span-context.ts";

const seconds = (fallback: number) => z.number().min(0).default(fallback);
const bytes = (fallback: number) => z.int().min(1024).default(fallback);

const forwardedMeta = z
  .string()
  .regex(/^[a-z0-9_.-]{1,128}$/, "write lower case letters, digits, _ . and -")
  .refine((key) => !isReservedKey(key) && !isGateMetaKey(key), "it belongs to the framework and is never forwarded")
  .refine((key) => !isTraceKey(key), "the client would pass for the caller; the gate links its own span to that trace");

/** The section `[[Server.Gate]]`. */
export const gateConfig = z.object({
  /** Connections at a time, those that are not logged in yet included; further ones are refused with GATE_FULL. */
  MaxConnections: z.int().min(1).default(18_000),
  /** Seconds from the connection to the end of its login. */
  AuthTimeOut: z.number().min(0.01).default(15),
  /** Seconds without a message of the client after which its connection is taken for broken; 0: never. */
  IdleTimeOut: seconds(60),
  /** The same for a client of the original, which sends nothing by itself; 0: never. */
  LegacyIdleTimeOut: z.union([z.literal(0), z.number().min(120)]).default(600),
  /** Seconds that a session can be resumed after its connection broke; 0: not at all. */
  ResumeWindow: seconds(60),
  /** The same text at all gates lets a session be resumed at another gate after its own has died. @default random */
  ResumeSecret: secret().min(16).optional(),
  /**
   * Pushes that clients have not acknowledged are stored, so that they outlive the gate's process; a text: in the db plugin of that `Name`.
   * The same at all gates.
   */
  KeepPushes: z.union([z.boolean(), z.string().min(1)]).default(false),
  /** Calls of one session without an answer; further ones are refused with TOO_MANY_CALLS. */
  MaxCallsInFlight: z.int().min(1).default(32),
  /** Calls of one session each second in the long run; further ones are refused with RATE_LIMITED. */
  CallsPerSecond: z.number().min(0.1).default(50),
  /** Calls of one session at once, after a pause. */
  CallBurst: z.int().min(1).default(100),
  /** The largest message of a client; larger calls are refused with MESSAGE_TOO_LARGE. */
  MaxMessageBytes: bytes(64 * 1024),
  /** Bytes of pushes and answers that are kept for one session until the client has acknowledged them. */
  MaxKeptBytes: bytes(256 * 1024),
  /** Bytes on their way to a client above which droppable pushes are left out. */
  DropBytes: bytes(64 * 1024),
  /** Bytes on their way to a client above which its connection is closed with SLOW_READER. */
  MaxUnsentBytes: bytes(1024 * 1024),
  /** Metadata keys of clients that travel on with their calls. */
  ForwardMetas: z.array(forwardedMeta).default([]),
  /** Clients choose route and actor id by the metas m3routetype, m3routedstapp and the actor key: for trusted networks only. */
  TrustClientRoute: z.boolean().default(false),
});

export type GateConfig = z.output<typeof gateConfig>;
