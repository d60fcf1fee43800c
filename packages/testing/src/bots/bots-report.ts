import { GateError } from "@m3game/client";
import { codeName } from "m3game";
import { LatencyHistogram } from "./latency-histogram.ts";

/** How one operation went, over all bots. */
export interface OperationReport {
  readonly name: string;
  /** Those that ended well. */
  readonly count: number;
  /** How many ended well each second, on average. */
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p90Ms: number;
  readonly p99Ms: number;
  readonly p999Ms: number;
  readonly maxMs: number;
  /** How many failed, by the reason or code of a GateError, or by the name of another error. */
  readonly errors: Readonly<Record<string, number>>;
}

/** What came of a run of bots. */
export interface BotsReport {
  /** Bots that were to log in, and that did. */
  readonly sessions: number;
  readonly connected: number;
  /** Connections that broke, and sessions that ended before their time. */
  readonly disconnects: number;
  readonly ended: number;
  /** How long all of them ran together, in milliseconds. */
  readonly holdMs: number;
  /** `connect` is that of the ramp; of all others counts what ended well while all ran together, and what failed at any time. */
  readonly operations: readonly OperationReport[];
}

/** Kinds of errors that are told apart for one operation; further ones count as `other`. */
const maxKinds = 50;

/** Collects what the bots do. */
export class OperationLog {
  readonly #latencies = new LatencyHistogram();
  readonly #errors = new Map<string, number>();

  succeeded(ms: number): void {
    this.#latencies.add(ms);
  }

  failed(error: unknown): void {
    const kind = errorKind(error);
    const key = this.#errors.has(kind) || this.#errors.size < maxKinds ? kind : "other";
    this.#errors.set(key, (this.#errors.get(key) ?? 0) + 1);
  }

  report(name: string, elapsedMs: number): OperationReport {
    const latencies = this.#latencies;
    return {
      name,
      count: latencies.count,
      perSecond: elapsedMs > 0 ? latencies.count / (elapsedMs / 1000) : 0,
      p50Ms: latencies.percentileMs(0.5),
      p90Ms: latencies.percentileMs(0.9),
      p99Ms: latencies.percentileMs(0.99),
      p999Ms: latencies.percentileMs(0.999),
      maxMs: latencies.maxMs,
      errors: Object.fromEntries(this.#errors),
    };
  }
}

function errorKind(error: unknown): string {
  if (error instanceof GateError) return error.reason === "" ? codeName(error.code) : error.reason;
  return error instanceof Error ? error.name : typeof error;
}
