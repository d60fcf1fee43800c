import { type ELDHistogram, monitorEventLoopDelay } from "node:perf_hooks";
import type { Metrics } from "../plugin/metric.ts";

const resolutionMs = 10;
const nsPerSecond = 1e9;
const usPerSecond = 1e6;

/** Shows what the process uses, and how late its event loop is, until the result is disposed. */
export function watchProcess(metrics: Metrics): Disposable {
  const delays = monitorEventLoopDelay({ resolution: resolutionMs });
  delays.enable();
  const delay = metrics.gauge({
    name: "m3_event_loop_delay_seconds",
    help: "How late timers fired since the last look, by quantile; 1 is the latest",
    labels: ["quantile"],
  });
  const memory = metrics.gauge({
    name: "m3_process_memory_bytes",
    help: "Memory of the process: all that is resident, and of that the heap in use and what lies outside of it",
    labels: ["area"],
  });
  const cpu = metrics.counter({
    name: "m3_process_cpu_seconds_total",
    help: "CPU time that the process took since its start, user and system",
  });
  let cpuSeconds = 0;
  const collecting = metrics.onCollect(() => {
    for (const quantile of [0.5, 0.99, 1]) delay.set(lateBy(delays, quantile), { quantile: String(quantile) });
    delays.reset();
    const { rss, heapUsed, external } = process.memoryUsage();
    memory.set(rss, { area: "resident" });
    memory.set(heapUsed, { area: "heap" });
    memory.set(external, { area: "external" });
    const { user, system } = process.cpuUsage();
    const now = (user + system) / usPerSecond;
    cpu.add(now - cpuSeconds);
    cpuSeconds = now;
  });
  return {
    [Symbol.dispose]() {
      collecting[Symbol.dispose]();
      delays.disable();
    },
  };
}

// What the monitor gives is the time between its timers.
function lateBy(delays: ELDHistogram, quantile: number): number {
  if (delays.count === 0) return 0;
  const ns = quantile === 1 ? delays.max : delays.percentile(quantile * 100);
  return Math.max(0, ns / nsPerSecond - resolutionMs / 1000);
}
