import { secret } from "m3game";
import { z } from "zod";

const address = /^(nats:\/\/)?[^\s/@,]+$/;

/** The keys of a plugin's section that say how to reach NATS; a plugin adds its own with `extend`. */
export const natsConfig = z.object({
  /** Address of the server, `host:port` or `nats://host:port`; several of one cluster with commas between. */
  URL: z
    .string()
    .refine((text) => text.split(",").every((part) => address.test(part.trim())), {
      error: 'write host:port or nats://host:port, several with "," between; credentials go into User and Password',
    })
    .default("127.0.0.1:4222"),
  /** User name, where the server wants one. */
  User: z.string().optional(),
  /** The user's password. */
  Password: secret().optional(),
  /** Token, where the server wants one instead. */
  Token: secret().optional(),
});

/** What says how to reach NATS. */
export type NatsConfig = z.output<typeof natsConfig>;

/** The addresses in `URL`, without blanks. */
export function serversOf(config: NatsConfig): string[] {
  return config.URL.split(",").map((part) => part.trim());
}
