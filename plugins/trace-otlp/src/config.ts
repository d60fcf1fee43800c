import { secret } from "m3game";
import { z } from "zod";

/** The section `[[Plugin.Trace.trace_otlp]]`. */
export const traceOtlpConfig = z.object({
  /**
   * Where spans go: a host, `host:port`, or a URL; OTLP over HTTP, port 4318 and path /v1/traces where nothing else is said.
   * The address of a Jaeger collector of old, port 14268 and path /api/traces, means OTLP on the same host.
   */
  Host: z
    .string()
    .refine((text) => otlpUrl(text) !== undefined, { error: "write a host, host:port or a URL, as 127.0.0.1:4318" })
    .default("127.0.0.1:4318"),
  /** The share of new traces that is recorded, 0 to 1. What belongs to a trace follows its first span. */
  Ratio: z.number().min(0).max(1).default(1),
  /** Spans that may wait to be delivered; further ones are dropped. */
  QueueSize: z.int().min(1).max(1_000_000).default(2048),
  /** How often spans leave, in milliseconds; sooner when 512 wait. */
  DelayMs: z.int().min(10).default(5000),
  /** How long the delivery of a batch may take, retries included, in milliseconds. */
  TimeoutMs: z.int().min(10).default(10_000),
  /** How long a stop waits until all spans are delivered, in milliseconds. */
  FlushMs: z.int().min(0).default(3000),
  /** Value of the `authorization` header, where the receiver wants one. */
  Authorization: secret().optional(),
});

const defaultPort = "4318";
const path = "/v1/traces";

/** The URL to send to, undefined when `text` is no address. */
export function otlpUrl(text: string): string | undefined {
  const hasScheme = text.includes("://");
  const url = URL.parse(hasScheme ? text : `http://${text}`);
  if (url === null || !/^https?:$/.test(url.protocol) || url.hostname === "" || url.username !== "") return undefined;
  const isOldJaeger = url.port === "14268" || url.pathname === "/api/traces";
  if (isOldJaeger || (url.port === "" && url.protocol === "http:")) url.port = defaultPort;
  if (isOldJaeger || url.pathname === "/") url.pathname = path;
  return url.href;
}
