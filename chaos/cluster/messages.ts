import { z } from "zod";

const instance = z.object({
  app: z.string(),
  service: z.string(),
  host: z.string(),
  port: z.number(),
  meta: z.record(z.string(), z.string()),
});

const turn = z.object({ owner: z.string(), began: z.number(), ended: z.number() });

/** One call of a driver, and what came of it. */
const callRecord = z.object({
  kind: z.enum(["add", "add-later", "send"]),
  actor: z.string(),
  op: z.string(),
  /** Undefined: it failed. */
  answer: z.object({ turn, value: z.number() }).optional(),
  /** Why it failed. */
  error: z.string().optional(),
  /** The error says that it certainly did not run. */
  notExecuted: z.boolean().optional(),
});

/** What an actor holds when all is over. */
const finalState = z.object({ actor: z.string(), turn, count: z.number(), later: z.number() });

/** From a process of the cluster. */
export const childMessage = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("ready") }),
  z.object({ kind: z.literal("register"), instance }),
  z.object({ kind: z.literal("leave"), app: z.string() }),
  z.object({ kind: z.literal("loaded"), calls: z.array(callRecord) }),
  z.object({ kind: z.literal("settled"), states: z.array(finalState) }),
]);

/** To a process of the cluster. */
export const parentMessage = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("instances"), instances: z.array(instance) }),
  /** To a driver: call actors until this time on the monotonic clock. */
  z.object({ kind: z.literal("load"), seed: z.number(), until: z.number() }),
  /** To a driver: read every actor until each answers, at most until this time. */
  z.object({ kind: z.literal("settle"), until: z.number() }),
]);

export type Turn = z.output<typeof turn>;
export type CallRecord = z.output<typeof callRecord>;
export type FinalState = z.output<typeof finalState>;
export type ChildMessage = z.output<typeof childMessage>;
export type ParentMessage = z.output<typeof parentMessage>;
