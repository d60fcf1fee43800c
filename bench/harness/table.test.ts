import { expect, test } from "vitest";
import type { Result } from "./result.ts";
import { formatResult } from "./table.ts";

const machine = { cpu: "Test CPU", cores: 2, memoryGiB: 8, os: "Linux 6", node: "v24.0.0" };
const numbers = { p50Ms: 0.51234, p99Ms: 1.5, p999Ms: 12.345, cpuUsPerOp: 6.789 };

test("aligns rows and shows ratios, targets and the note", () => {
  const result: Result = {
    suite: "rpc",
    machine,
    rows: [
      { name: "limit", params: { inFlight: 256 }, opsPerSec: 234_567.8, ...numbers },
      { name: "trans_tcp", params: { inFlight: 1 }, opsPerSec: 987.6, ...numbers },
    ],
    ratios: { "trans_tcp/limit@1": 0.51234 },
  };
  const targets = [
    { text: "fast", measured: "0.51", met: true },
    { text: "small", measured: "100 MiB", met: false },
  ];
  expect(formatResult(result, targets, "Loopback only.")).toBe(
    [
      "rpc: Test CPU, 2 cores, 8 GiB, Linux 6, Node v24.0.0",
      "",
      "name       inFlight    ops/s  p50 ms  p99 ms  p99.9 ms  CPU us/op",
      "limit           256  234,568   0.512    1.50      12.3       6.79",
      "trans_tcp         1      988   0.512    1.50      12.3       6.79",
      "",
      "ratios",
      "  trans_tcp/limit@1  0.512",
      "",
      "met     fast: 0.51",
      "NOT MET small: 100 MiB",
      "",
      "Loopback only.",
    ].join("\n"),
  );
});

test("shows memory where a row has it", () => {
  const rows = [
    { name: "app", params: {}, opsPerSec: 2, ...numbers, rssMiB: 71.26 },
    { name: "other", params: {}, opsPerSec: 2, ...numbers },
  ];
  const text = formatResult({ suite: "start", machine, rows, ratios: {} }, [], "Warm.");
  expect(text.split("\n").slice(2)).toEqual([
    "name   ops/s  p50 ms  p99 ms  p99.9 ms  CPU us/op  RSS MiB",
    "app     2.00   0.512    1.50      12.3       6.79     71.3",
    "other   2.00   0.512    1.50      12.3       6.79",
    "",
    "Warm.",
  ]);
});
