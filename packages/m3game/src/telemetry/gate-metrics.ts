import { codeName } from "../meta/code.ts";
import type { M3Error } from "../meta/error.ts";
import type { Counter, Meter, Metrics } from "../plugin/metric.ts";

/** What a gate has right now. */
export interface GateSizes {
  readonly connections: number;
  readonly connected: number;
  readonly detached: number;
  /** Bytes of pushes that are kept for clients. */
  readonly keptBytes: number;
}

/** Shown from the start: a rate of what has never happened is 0, and not absent. */
const pushResults = ["sent", "kept", "dropped", "full"] as const;
type PushResult = (typeof pushResults)[number];

/** Counts what goes through a gate. */
export class GateMetrics {
  readonly receivedBytes: Counter;
  readonly sentBytes: Counter;
  readonly #calls: Counter;
  readonly #succeeded: Counter;
  readonly #pushes: Counter;
  readonly #ends: Counter;

  constructor(meter: Meter) {
    const bytes = meter.counter({
      ...{ name: "m3_gate_bytes_total", help: "Bytes from and to clients, without what the protocol adds" },
      labels: ["direction"],
    });
    this.receivedBytes = bytes.with({ direction: "received" });
    this.sentBytes = bytes.with({ direction: "sent" });
    this.#calls = meter.counter({
      ...{ name: "m3_gate_calls_total", help: "Calls of clients that were answered" },
      labels: ["code"],
    });
    this.#succeeded = this.#calls.with({ code: "OK" });
    this.#pushes = meter.counter({
      ...{ name: "m3_gate_pushes_total", help: "Pushes to clients, by what became of them at once" },
      labels: ["result"],
    });
    for (const result of pushResults) this.#pushes.add(0, { result });
    this.#ends = meter.counter({
      ...{ name: "m3_gate_refusals_total", help: "Connections that this gate ended or refused" },
      labels: ["reason"],
    });
  }

  answered(error: M3Error | undefined): void {
    if (error === undefined) this.#succeeded.add();
    else this.#calls.add(1, { code: codeName(error.code) });
  }

  pushed(result: PushResult): void {
    this.#pushes.add(1, { result });
  }

  refused({ code, reason }: M3Error): void {
    this.#ends.add(1, { reason: reason || codeName(code) });
  }
}

/** Shows what a gate has whenever the metrics are collected, until the result is disposed. */
export function showGateSizes(metrics: Metrics, sizes: () => GateSizes): Disposable {
  const connections = metrics.gauge({ name: "m3_gate_connections", help: "Connections of clients" });
  const sessions = metrics.gauge({ name: "m3_gate_sessions", help: "Sessions of players", labels: ["state"] });
  const kept = metrics.gauge({ name: "m3_gate_kept_bytes", help: "Pushes that clients have not acknowledged" });
  return metrics.onCollect(() => {
    const { connected, detached, keptBytes, ...size } = sizes();
    connections.set(size.connections);
    sessions.set(connected, { state: "connected" });
    sessions.set(detached, { state: "detached" });
    kept.set(keptBytes);
  });
}
