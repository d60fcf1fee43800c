import { findRow, ratio } from "../harness/ratios.ts";
import type { Row, Target } from "../harness/result.ts";
import { peerNames } from "./peers.ts";

/** What issue and documentation promise of the transports, as far as the rows can tell. */
export function rpcTargets(rows: readonly Row[]): readonly Target[] {
  const targets: Target[] = [];
  const throughput = ratio(rows, "opsPerSec", "trans_tcp", "limit", 256);
  if (throughput !== undefined) {
    targets.push({
      text: "trans_tcp reaches at least 0.5 of the limit at 256 in flight",
      measured: throughput.toFixed(2),
      met: throughput >= 0.5,
    });
  }
  const best = bestPeer(rows, 256);
  const overBest = best && ratio(rows, "opsPerSec", "trans_tcp", best.name, 256);
  if (best !== undefined && overBest !== undefined) {
    targets.push({
      text: "trans_tcp reaches at least 2 times the best peer at 256 in flight",
      measured: `${overBest.toFixed(2)} times ${best.name}`,
      met: overBest >= 2,
    });
  }
  const latency = ratio(rows, "p50Ms", "trans_tcp", "limit", 1);
  if (latency !== undefined) {
    targets.push({
      text: "p50 of trans_tcp is at most 1.5 times the limit's at 1 in flight",
      measured: latency.toFixed(2),
      met: latency <= 1.5,
    });
  }
  for (const inFlight of [64, 256]) {
    for (const other of ["nats-request", "moleculer-nats"]) {
      const ahead = ratio(rows, "opsPerSec", "trans_nats", other, inFlight);
      if (ahead === undefined) continue;
      targets.push({
        text: `trans_nats is ahead of ${other} at ${inFlight} in flight`,
        measured: `${ahead.toFixed(2)} times`,
        met: ahead > 1,
      });
    }
  }
  return targets;
}

function bestPeer(rows: readonly Row[], inFlight: number): Row | undefined {
  return peerNames
    .flatMap((name) => findRow(rows, name, inFlight) ?? [])
    .reduce<Row | undefined>((best, row) => (best && best.opsPerSec >= row.opsPerSec ? best : row), undefined);
}
