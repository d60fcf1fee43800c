import { z } from "zod";

const longestMs = 2 ** 31 - 1;

/** The keys that the sections of all script plugins have. */
export const scriptLimits = {
  /** The longest a hook may run, in milliseconds. */
  TimeoutMs: z.int().min(1).max(longestMs).default(1000),
  /** The most memory the scripts may have, in MiB. */
  MaxMemoryMB: z.int().min(8).max(4096).default(64),
  /** How many calls may wait for the one that runs; further ones are refused with OVERLOADED. */
  MaxQueued: z.int().min(1).default(1000),
  /** Load the scripts again when one of their files changes; without it on SIGHUP. */
  Watch: z.boolean().default(false),
};

const limits = z.object(scriptLimits);

/** What the sections of all script plugins say. */
export type ScriptLimits = z.output<typeof limits>;
