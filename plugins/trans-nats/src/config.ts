import { natsConfig } from "@m3game/nats-client";
import { z } from "zod";

/** The section `[[Plugin.Trans.trans_nats]]`. */
export const transNatsConfig = natsConfig.extend({
  /** The largest request or response. The server's `max_payload`, 1 MiB by default, is a limit too. */
  MaxMessageBytes: z
    .int()
    .min(1024)
    .max(1 << 26)
    .default(4 << 20),
  /** Calls that may be unanswered at once: of this app to one other, and of all others to this app. */
  MaxInFlight: z.int().min(1).default(10_000),
  /** A peer that owes answers and says nothing is asked after this time, in milliseconds, and given up after as long again. */
  KeepAliveMs: z.int().min(100).default(2000),
});

export type TransNatsConfig = z.output<typeof transNatsConfig>;
