import { isIPv6 } from "node:net";

/** `host:port`, with brackets around an IPv6 address. */
export function formatEndpoint(host: string, port: number): string {
  return isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Host and port of an endpoint. Throws RangeError for text that is none. */
export function parseEndpoint(endpoint: string): { readonly host: string; readonly port: number } {
  const [, bracketed, plain, digits] = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(endpoint) ?? [];
  const host = bracketed ?? plain;
  const port = Number(digits);
  if (host === undefined || !(port >= 1 && port <= 65_535)) {
    throw new RangeError(`"${endpoint}" is no endpoint: host:port is wanted`);
  }
  return { host, port };
}
