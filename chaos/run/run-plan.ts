import { on } from "node:events";
import type { Revocation } from "../check/check-owners.ts";
import type { CallRecord, FinalState } from "../cluster/messages.ts";
import { monotonicMs } from "../monotonic.ts";
import { loadMs, type Plan } from "../plan.ts";
import type { ClaimChange } from "./claim-watch.ts";
import { Cluster } from "./cluster.ts";
import { inject } from "./inject.ts";
import type { Member, Span } from "./member.ts";
import { type CommittedWrite, readWriteLog } from "./write-log.ts";

/** Longer than a busy machine takes. */
const settleMs = 30_000;

/** All that was seen of a run. Times are on the machine's monotonic clock, in milliseconds. */
export interface History {
  readonly calls: readonly CallRecord[];
  /** Of the counters that answered once everything was healed. */
  readonly states: readonly FinalState[];
  /** In the order of their commits. */
  readonly writes: readonly CommittedWrite[];
  /** Of claims and sessions, as etcd told them. */
  readonly changes: readonly ClaimChange[];
  /** When any app was paused: it may have held the store's lock. */
  readonly pauses: readonly Span[];
  readonly revocations: readonly Revocation[];
  /** What nobody wanted to happen to the processes. */
  readonly problems: readonly string[];
}

/** Does what a plan says with a cluster of its own. Its logs and its database stay in `directory`. */
export async function runPlan(plan: Plan, directory: string): Promise<History> {
  await using cluster = await Cluster.start(plan, directory);
  const loaded = answerOf(cluster.driver, "loaded");
  cluster.driver.tell({ kind: "load", seed: plan.seed, until: monotonicMs() + loadMs });
  const [{ calls }] = await Promise.all([loaded, ...plan.faults.map((fault) => inject(fault, cluster))]);
  await cluster.whenReady();
  const settled = answerOf(cluster.driver, "settled");
  cluster.driver.tell({ kind: "settle", until: monotonicMs() + settleMs });
  const { states } = await settled;
  await cluster.stop();
  return {
    ...{ calls, states, writes: readWriteLog(cluster.dbFile), changes: cluster.watch.changes },
    pauses: cluster.apps.flatMap(({ member }) => member.pauses),
    revocations: cluster.revocations,
    problems: cluster.problems,
  };
}

type Answers = {
  readonly loaded: { readonly calls: readonly CallRecord[] };
  readonly settled: { readonly states: readonly FinalState[] };
};

/** The driver's next answer of a kind. Rejects when the driver ends before. */
async function answerOf<K extends keyof Answers>(driver: Member, kind: K): Promise<Answers[K]>;
async function answerOf(driver: Member, kind: keyof Answers): Promise<unknown> {
  const end = new AbortController();
  const onGone = () => end.abort();
  driver.once("gone", onGone);
  try {
    // Several may arrive at once.
    for await (const [message] of on(driver, "message", { signal: end.signal })) {
      if (message.kind === kind) return message;
    }
    throw new Error("unreachable");
  } finally {
    driver.off("gone", onGone);
  }
}
