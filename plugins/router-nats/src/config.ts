import { natsConfig } from "@m3game/nats-client";
import { z } from "zod";

/** The section `[[Plugin.Router.router_nats]]`. */
export const routerNatsConfig = natsConfig.extend({
  /** The key-value bucket that is the registry: the same for all apps that are to find each other. */
  Bucket: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,64}$/, { error: "write a name of A-Z a-z 0-9 _ and -" })
    .default("m3router"),
  /** How long an app that says nothing more stays in the registry, in seconds. Whoever makes the bucket decides for all. */
  LeaseKeepLiveTime: z.int().min(1).max(3600).default(10),
  /** On how many servers of a cluster the bucket is kept, when it is made. */
  Replicas: z.int().min(1).max(5).default(1),
});

export type RouterNatsConfig = z.output<typeof routerNatsConfig>;
