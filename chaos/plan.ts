import { Random } from "./random.ts";

export const ttlMs = 3000;
export const appCount = 3;
export const counterCount = 10;
/** How long actors are driven while things break. */
export const loadMs = 5000;

/** One thing that goes wrong with an app. `app` counts from 0, times are in milliseconds from the start of the load. */
export type Fault = { readonly atMs: number; readonly app: number } & (
  | { readonly kind: "pause"; readonly forMs: number }
  | { readonly kind: "kill"; readonly forMs: number }
  /** An orderly stop and a start. */
  | { readonly kind: "restart" }
  /** Cut off from etcd. `heals`: what was held back then arrives; else connections break. */
  | { readonly kind: "partition"; readonly forMs: number; readonly heals: boolean }
  /** Requests reach etcd, the answers get lost, and connections break. */
  | { readonly kind: "lose-answers"; readonly forMs: number }
  /** An operator revokes the app's lease in etcd. */
  | { readonly kind: "revoke" }
  /** The registry takes the app for gone while it runs. */
  | { readonly kind: "unregister"; readonly forMs: number }
);

export type FaultKind = Fault["kind"];

/** What a run does, apart from what chance and the machine make of it. */
export interface Plan {
  readonly seed: number;
  /** In the order of time. */
  readonly faults: readonly Fault[];
  /** By app: its wall clock jumps back and forth by an hour. */
  readonly hasUnsteadyClock: readonly boolean[];
}

const kinds: readonly [FaultKind, ...FaultKind[]] = [
  ...(["pause", "pause", "kill", "kill", "restart"] as const),
  ...(["partition", "partition", "lose-answers", "lose-answers", "revoke", "unregister"] as const),
];

/** The faults of a seed: two to five. */
export function makePlan(seed: number): Plan {
  const random = new Random(seed);
  const faults = Array.from({ length: random.integer(2, 5) }, () => makeFault(random));
  return {
    seed,
    faults: faults.toSorted((a, b) => a.atMs - b.atMs),
    hasUnsteadyClock: Array.from({ length: appCount }, () => random.chance(0.3)),
  };
}

function makeFault(random: Random): Fault {
  const at = { atMs: random.integer(100, loadMs - 2500), app: random.integer(0, appCount - 1) };
  const kind = random.pick(kinds);
  switch (kind) {
    case "pause":
      // Three of four outlast the session.
      return {
        ...at,
        kind,
        forMs: random.chance(0.75) ? random.integer(ttlMs + 200, ttlMs + 1200) : random.integer(50, ttlMs),
      };
    case "kill":
      return { ...at, kind, forMs: random.integer(0, 1000) };
    case "partition":
      return { ...at, kind, forMs: random.integer(300, ttlMs + 1200), heals: random.chance(0.5) };
    case "lose-answers":
      return { ...at, kind, forMs: random.integer(20, 250) };
    case "unregister":
      return { ...at, kind, forMs: random.integer(100, 1500) };
    default:
      return { ...at, kind };
  }
}

/** One fault in a few words. */
export function describeFault(fault: Fault): string {
  const time = "forMs" in fault ? ` for ${fault.forMs} ms` : "";
  const end = fault.kind === "partition" && !fault.heals ? ", connections break" : "";
  return `${fault.atMs} ms: ${fault.kind} of counter.${fault.app + 1}${time}${end}`;
}
