import type { Clock } from "../../meta/clock.ts";
import { reasonError } from "../../meta/error.ts";

/** What an app asks of the lease store. */
export type LeaseOperation = "open" | "renew" | "acquire" | "transfer" | "release" | "close" | "holder";

/** How slow the way between an app and the lease store is. */
export interface LeaseDelay {
  /** How long what it sends is under way, in milliseconds. @default 0 */
  readonly requestMs?: number;
  /** How long the answers are. @default 0 */
  readonly replyMs?: number;
  /** What is slow. @default everything */
  readonly operations?: readonly LeaseOperation[];
}

interface AppFaults {
  isCutOff: boolean;
  delay: LeaseDelay;
  readonly lostReplies: LeaseOperation[];
}

/** Breaks the connections between the apps of a hub and its lease store, for tests. App ids tell the apps apart. */
export class MemoryLeaseFaults {
  readonly #apps = new Map<string, AppFaults>();
  readonly #store: { revoke(app: string): void };

  constructor(store: { revoke(app: string): void }) {
    this.#store = store;
  }

  /** Ends the app's session at once, as an operator or a store that errs does. The app is told, unless it is cut off. */
  expire(app: string): void {
    this.#store.revoke(app);
  }

  /** Nothing gets through any more, either way, until `restore`; no connection breaks. */
  cutOff(app: string): void {
    this.#of(app).isCutOff = true;
  }

  /** Everything gets through again, from what is sent next on. */
  restore(app: string): void {
    this.#of(app).isCutOff = false;
  }

  /** True from `cutOff` to `restore`. */
  isCutOff(app: string): boolean {
    return this.#apps.get(app)?.isCutOff ?? false;
  }

  /** What the app asks from now on takes time, on its clock; `{}` ends that. */
  delay(app: string, delay: LeaseDelay): void {
    this.#of(app).delay = delay;
  }

  /** The next such operation of the app is done, and its answer lost with the connection. Calls add up. */
  loseReply(app: string, operation: LeaseOperation): void {
    this.#of(app).lostReplies.push(operation);
  }

  /** Runs an operation as the faults of the app allow. What was cut off never resolves. */
  async run<T>(app: string, operation: LeaseOperation, clock: Clock, work: () => T): Promise<T> {
    const { operations, ...delay } = this.#apps.get(app)?.delay ?? {};
    const { requestMs = 0, replyMs = 0 } = operations?.includes(operation) === false ? {} : delay;
    await passed(clock, requestMs);
    if (this.isCutOff(app)) return never();
    const result = work();
    await passed(clock, replyMs);
    if (this.isCutOff(app)) return never();
    const lostReplies = this.#apps.get(app)?.lostReplies ?? [];
    const index = lostReplies.indexOf(operation);
    if (index < 0) return result;
    lostReplies.splice(index, 1);
    throw reasonError("UNKNOWN_OUTCOME", `lease_memory: the answer to ${operation} was lost`);
  }

  #of(app: string): AppFaults {
    const faults = this.#apps.get(app) ?? { isCutOff: false, delay: {}, lostReplies: [] };
    this.#apps.set(app, faults);
    return faults;
  }
}

async function passed(clock: Clock, ms: number): Promise<void> {
  if (ms === 0) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  clock.after(ms, resolve);
  await promise;
}

function never<T>(): Promise<T> {
  return new Promise(() => {});
}
