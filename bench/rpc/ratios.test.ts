import { describe, expect, test } from "vitest";
import type { Row } from "../harness/result.ts";
import { rpcRatios } from "./ratios.ts";
import { rpcTargets } from "./targets.ts";

function row(name: string, inFlight: number, opsPerSec: number, p50Ms = 1): Row {
  return { name, params: { inFlight }, opsPerSec, p50Ms, p99Ms: 2, p999Ms: 3, cpuUsPerOp: 4 };
}

describe("ratios", () => {
  test("compare throughput at the same number in flight, and latency at one", () => {
    const ratios = rpcRatios([
      row("limit", 1, 1000, 0.1),
      row("limit", 256, 400_000),
      row("trans_tcp", 1, 800, 0.12),
      row("trans_tcp", 256, 300_000),
      row("trans_http2", 256, 6000),
      row("grpc-js", 256, 5000),
    ]);
    expect(ratios).toEqual({
      "trans_tcp/limit@1": 0.8,
      "trans_tcp/limit@256": 0.75,
      "trans_tcp/grpc-js@256": 60,
      "trans_http2/limit@256": 0.015,
      "trans_http2/grpc-js@256": 1.2,
      "p50:trans_tcp/limit@1": expect.closeTo(1.2),
    });
  });

  test("are left out where a row is missing", () => {
    expect(rpcRatios([row("trans_tcp", 1, 800), row("limit", 64, 1000)])).toEqual({});
  });
});

describe("targets", () => {
  test("look at the limit, the best peer and latency", () => {
    const targets = rpcTargets([
      row("limit", 1, 1000, 0.1),
      row("limit", 256, 400_000),
      row("trans_tcp", 1, 800, 0.16),
      row("trans_tcp", 256, 200_000),
      row("moleculer-tcp", 256, 60_000),
      row("moleculer-nats", 256, 110_000),
      row("grpc-js", 256, 5000),
    ]);
    expect(targets.map((target) => target.met)).toEqual([true, false, false]);
    expect(targets[1]?.measured).toBe("1.82 times moleculer-nats");
  });

  test("say nothing about what was not measured", () => {
    expect(rpcTargets([row("trans_tcp", 256, 1)])).toEqual([]);
  });
});
