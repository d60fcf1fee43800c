import { RecordingMetrics } from "@m3game/testing";
import { expect, test } from "vitest";
import { watchProcess } from "./process-metrics.ts";

test("memory, CPU time and the delay of the event loop are shown until it is disposed", () => {
  const metrics = new RecordingMetrics();
  const watching = watchProcess(metrics);
  expect(metrics.value("m3_process_memory_bytes", { area: "resident" })).toBeGreaterThan(1e6);
  expect(metrics.value("m3_process_memory_bytes", { area: "heap" })).toBeGreaterThan(1e5);
  const cpu = metrics.value("m3_process_cpu_seconds_total") ?? 0;
  expect(cpu).toBeGreaterThan(0);
  expect(metrics.value("m3_process_cpu_seconds_total")).toBeGreaterThanOrEqual(cpu);
  for (const quantile of ["0.5", "0.99", "1"]) {
    expect(metrics.value("m3_event_loop_delay_seconds", { quantile })).toBeGreaterThanOrEqual(0);
  }
  watching[Symbol.dispose]();
  const last = metrics.value("m3_process_cpu_seconds_total");
  expect(metrics.value("m3_process_cpu_seconds_total")).toBe(last);
});
