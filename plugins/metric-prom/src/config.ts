import { secret } from "m3game";
import { z } from "zod";

/** The section `[[Plugin.Metric.metric_prom]]`. */
export const metricPromConfig = z.object({
  /** The address that serves /metrics, /sd and /live. */
  Host: z.string().min(1).default("127.0.0.1"),
  /** 0 takes any free port. */
  Port: z.int().min(0).max(65_535).default(0),
  /** The host that Prometheus connects to, where it is not `Host`: needed in Consul when that is 0.0.0.0. */
  AdvertiseHost: z.string().min(1).optional(),
  /** Address of a Consul agent, `host:port` or a URL, that gets to know the endpoint under the name `ConsulSvc`. */
  ConsulHost: z
    .string()
    .refine((text) => consulUrl(text) !== undefined, { error: "write host:port, for example 127.0.0.1:8500" })
    .default("127.0.0.1:8500"),
  /** The name of the service in Consul; without it nothing is registered there. */
  ConsulSvc: z.string().min(1).optional(),
  /** What the ids of the entries in Consul begin with; the app id follows. */
  ConsulAppPrefix: z.string().default("metric-"),
  /** ACL token, where Consul wants one. */
  Token: secret().optional(),
});

export type MetricPromConfig = z.output<typeof metricPromConfig>;

/** The base of Consul's API, undefined when `text` is no address. */
export function consulUrl(text: string): string | undefined {
  const url = URL.parse(/^https?:\/\//.test(text) ? text : `http://${text}`);
  return url === null || url.hostname === "" || url.pathname !== "/" || url.username !== "" ? undefined : url.origin;
}
