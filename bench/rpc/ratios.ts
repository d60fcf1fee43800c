import { type Metric, ratio, ratioKey } from "../harness/ratios.ts";
import type { Row } from "../harness/result.ts";
import { peerNames } from "./peers.ts";

/** Throughput against the limit and each peer at every number in flight; latency against the limit at one. */
export function rpcRatios(rows: readonly Row[]): Record<string, number> {
  const ratios: Record<string, number> = {};
  const add = (metric: Metric, a: string, b: string, inFlight: number): void => {
    const value = ratio(rows, metric, a, b, inFlight);
    if (value !== undefined) ratios[ratioKey(metric, a, b, inFlight)] = value;
  };
  for (const inFlight of [1, 64, 256]) {
    for (const other of ["limit", ...peerNames]) add("opsPerSec", "trans_tcp", other, inFlight);
    for (const other of ["limit", "grpc-js", "connect-node"]) add("opsPerSec", "trans_http2", other, inFlight);
    for (const other of ["nats-request", "moleculer-nats"]) add("opsPerSec", "trans_nats", other, inFlight);
  }
  for (const other of ["limit", ...peerNames]) add("p50Ms", "trans_tcp", other, 1);
  return ratios;
}
