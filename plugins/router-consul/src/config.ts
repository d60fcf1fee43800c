import { secret } from "m3game";
import { z } from "zod";

/** The section `[[Plugin.Router.router_consul]]`. */
export const consulConfig = z.object({
  /** Address of the Consul agent, `host:port`; `https://host:port` where it wants TLS. */
  ConsulHost: z
    .string()
    .refine((text) => parseConsulHost(text) !== undefined, { error: "write host:port, for example 127.0.0.1:8500" })
    .default("127.0.0.1:8500"),
  /** Where this app serves its health check: an address of this machine that Consul reaches. */
  AliveHost: z.string().min(1).default("127.0.0.1"),
  /** Port of the health check, 0 for any free one. */
  AlivePort: z.int().min(0).max(65535).default(0),
  /** ACL token, where Consul wants one. */
  Token: secret().optional(),
});

export type ConsulConfig = z.output<typeof consulConfig>;

export interface ConsulAddress {
  readonly host: string;
  readonly port: number;
  readonly secure: boolean;
}

/** The parts of a `ConsulHost`, undefined when it is none. */
export function parseConsulHost(text: string): ConsulAddress | undefined {
  const match = /^(?:(https?):\/\/)?([^\s/:@]+):(\d{1,5})\/?$/.exec(text);
  const [scheme, host, port] = match?.slice(1) ?? [];
  if (host === undefined || port === undefined || Number(port) < 1 || Number(port) > 65535) return undefined;
  return { host, port: Number(port), secure: scheme === "https" };
}

/** True when Consul is elsewhere, and is told to ask for the app's health at an address that only this machine has. */
export function isHiddenFromConsul({ ConsulHost, AliveHost }: ConsulConfig): boolean {
  return isLoopback(AliveHost) && !isLoopback(parseConsulHost(ConsulHost)?.host ?? "");
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || host.startsWith("127.");
}
