import { z } from "zod";
import type { optionTables } from "./tables.ts";

// What a timer takes at most.
const longestMs = 2 ** 31 - 1;

const milliseconds = z.int().min(1).max(longestMs);

/** The schemas of `[Options.<name>]`. */
export const optionSchemas = {
  /** Routing is watched, so that there is nothing to set; the original's key is a legacy key. */
  Mesh: z.object({}),
  Resource: z.object({
    /** Folder of the resource files, relative to the config file. @default none */
    CfgPath: z.string().min(1).optional(),
    /** Load the resources again when one of their files changes. @default false */
    Watch: z.boolean().optional(),
  }),
  Shape: z.object({
    /** File of the traffic rules. @default none */
    RuleConfigFile: z.string().min(1).optional(),
  }),
  Rpc: z.object({
    /** Deadline of calls that set none of their own. */
    TimeoutMs: milliseconds.default(5000),
    /** How many calls an app handles at a time; further ones are refused with OVERLOADED. */
    MaxInFlight: z.int().min(1).default(10_000),
    /** Start although the protos break those of the running instances of the function. */
    AllowBreakingProtos: z.boolean().default(false),
  }),
  Life: z.object({
    /** Time limit of each stage of the start and the stop. */
    StageTimeoutMs: milliseconds.default(10_000),
    /** How long a drain waits for work in hand. */
    DrainTimeoutMs: milliseconds.default(30_000),
  }),
} as const satisfies Record<(typeof optionTables)[number], z.ZodType>;

/** The framework's own options, defaults filled in. */
export type Options = { readonly [N in keyof typeof optionSchemas]: Readonly<z.output<(typeof optionSchemas)[N]>> };
