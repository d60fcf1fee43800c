import { z } from "zod";

const seconds = (fallback: number) => z.number().min(0).default(fallback);

/** The section `[[Server.Actor]]`: the original's keys and units. */
export const actorConfig = z.object({
  /** Seconds without a call after which an actor leaves; 0: never. */
  ActiveTimeOut: seconds(300),
  /** Seconds between two saves of an actor's changes; 0: only when it leaves. */
  SaveTimeInter: seconds(5),
  /** Milliseconds between two calls of `onTick`; 0: never. */
  TickTimeInter: z.int().min(0).default(1000),
  /** Calls that may wait for one actor; more are refused with OVERLOADED. */
  MaxReqChanSize: z.int().min(1).default(1000),
  /** Seconds a call may wait for its turn before it is dropped; 0: until its deadline. */
  MaxReqWaitTime: seconds(0),
  /** A call activates the actor; false: only `activate` does, and calls to others fail with NOT_FOUND. */
  AutoCreate: z.boolean().default(true),
  /** 1: an actor runs only while this app holds its claim. 0: no claims; a stored version tells when two apps wrote. */
  LeaseMode: z.union([z.literal(0), z.literal(1)]).default(1),
  /** What the ids of claims start with. @default the function id */
  LeasePrefix: z.string().optional(),
  /** Seconds a claim may take to be had. */
  AllocLeaseTimeOut: seconds(3),
  /** Seconds another app may take to hand an actor over. */
  WaitFreeLeaseTimeOut: seconds(5),
  /** Seconds a turn may take before the log names it; 0: any. */
  StuckTurnTime: seconds(10),
  /** Seconds a turn may take before its actor is given up: its writes are refused from then on; 0: never. */
  EvictTurnTime: seconds(0),
  /** Actors move to the app that owns their id once the instances have not changed for this many seconds; 0: never. */
  RebalanceTime: seconds(10),
  /** Actors run on this app although they have run on a newer version, and go from it to older ones; false: only as canary rules allow. */
  AllowOlderVersions: z.boolean().default(false),
});

export type ActorConfig = z.output<typeof actorConfig>;
