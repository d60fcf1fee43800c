import type { CpuUsage } from "./usage.ts";

/** What one process tells the other so that it can connect; must survive JSON. */
export type Address = Readonly<Record<string, string | number>>;

/** Addresses of real servers that a subject may need, by name: `{ nats: "127.0.0.1:4222" }`. */
export type Services = Readonly<Record<string, string>>;

/** Starts one operation and calls `done` when its answer is there, with an error when it failed or was wrong. */
export type Issue = (done: (error?: unknown) => void) => void;

/**
 * Something to measure: a module exports it as `subject`. Both halves run in fresh processes of their own, which end
 * when the measurement is over; neither half cleans up.
 */
export interface Subject {
  /** Starts the server and resolves when it takes calls. */
  serve(services: Services): Promise<Address>;
  /** What the server's processes used so far, when there are more than one. @default that of the one */
  usage?(): Promise<CpuUsage>;
  /** Connects to that server and resolves to the operation that the load generator repeats. */
  connect(address: Address, services: Services): Promise<Issue>;
}
