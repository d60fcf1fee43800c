import { expect, test } from "vitest";
import { otlpUrl, traceOtlpConfig } from "./config.ts";

test.each([
  ["jaeger", "http://jaeger:4318/v1/traces"],
  ["10.0.0.7:4000", "http://10.0.0.7:4000/v1/traces"],
  ["http://10.0.0.7:4318", "http://10.0.0.7:4318/v1/traces"],
  ["https://collector.example", "https://collector.example/v1/traces"],
  ["https://collector.example/otlp/v1/traces", "https://collector.example/otlp/v1/traces"],
  ["http://10.0.0.7:14268/api/traces", "http://10.0.0.7:4318/v1/traces"],
  ["10.0.0.7:14268", "http://10.0.0.7:4318/v1/traces"],
  ["[::1]:4318", "http://[::1]:4318/v1/traces"],
])("Host %s means %s", (host, url) => {
  expect(otlpUrl(host)).toBe(url);
});

test.each(["", "a b", "http://", "http://user:pass@host", "ftp://host"])("%j is no Host", (Host) => {
  expect(traceOtlpConfig.safeParse({ Host }).success).toBe(false);
});
