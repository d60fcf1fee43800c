import { startCoins } from "../cluster/counter.ts";
import { counterCount } from "../plan.ts";
import { saveMs } from "../run/member-config.ts";
import type { History } from "../run/run-plan.ts";
import { acknowledgedTurns, servicesOf } from "./acknowledged.ts";
import { checkCalls, checkStates } from "./check-calls.ts";
import { checkLater } from "./check-later.ts";
import { checkLateAnswers, checkOverlaps, graceAfter } from "./check-owners.ts";
import { checkWrites } from "./check-writes.ts";

/** What a busy machine takes to run a turn and to commit, or to hear of something. */
const slackMs = 1500;

/** Everything in a run that should not have happened, in words. */
export function checkHistory(history: History): readonly string[] {
  const { calls, states, writes, changes, pauses, revocations, problems } = history;
  const services = servicesOf(acknowledgedTurns(calls, states));
  const grace = graceAfter(revocations, slackMs, writes, changes);
  return [
    ...problems,
    ...checkWrites(writes),
    ...checkCalls(calls, writes),
    ...checkStates(states, writes, { counters: counterCount, coins: counterCount * Number(startCoins) }),
    ...checkOverlaps(services, grace),
    ...checkLateAnswers(services, grace, writes, changes),
    ...checkLater({ calls, services, writes, changes, pauses, windowMs: saveMs + slackMs }),
  ];
}
