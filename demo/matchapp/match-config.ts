import { z } from "zod";

/** The `[App]` table. Times are in seconds. */
export const matchConfig = z.object({
  /** Members of each of the two sides. */
  SideSize: z.int().min(1).max(5).default(1),
  /** How far the ratings of others may be from that of a ticket at first, */
  RangeStart: z.number().min(0).default(100),
  /** how much further with each second that it waits, */
  RangePerSecond: z.number().min(0).default(50),
  /** and how far at most. */
  RangeMost: z.number().min(0).default(1000),
  /** How long a ticket waits before bots take the places that are left; 0: they never do. */
  BotAfter: z.number().min(0).default(5),
  /** How long a ticket waits before it is given up. */
  TimeOut: z.number().min(1).default(60),
  /** How long nobody may ask for a ticket: whoever wanted it is gone then. */
  SilentTimeOut: z.number().min(1).default(10),
  /** How many tickets may wait. */
  MaxTickets: z.int().min(1).default(100_000),
});
