import type { CallRecord, FinalState } from "../cluster/messages.ts";
import type { CommittedWrite } from "../run/write-log.ts";

/** What was acknowledged as saved is saved, and what was said not to have run did not. */
export function checkCalls(calls: readonly CallRecord[], writes: readonly CommittedWrite[]): readonly string[] {
  const problems: string[] = [];
  const written = new Map<string, CommittedWrite>();
  // Later writes carry the id of the last add as well.
  for (const write of writes) if (!written.has(write.add_op)) written.set(write.add_op, write);
  for (const { kind, actor, op, answer, notExecuted, error } of calls) {
    if (kind !== "add") continue;
    const write = written.get(op);
    if (answer === undefined) {
      if (notExecuted === true && write !== undefined)
        problems.push(`${actor}: add ${op} was written, and failed as not executed: ${error}`);
      continue;
    }
    if (write === undefined) problems.push(`${actor}: add ${op} was acknowledged and is lost`);
    else if (write.count !== answer.value || write.owner !== answer.turn.owner) {
      problems.push(
        `${actor}: add ${op} was acknowledged as ${answer.value} by ${answer.turn.owner}, and written as ${write.count} by ${write.owner}`,
      );
    }
  }
  return problems;
}

export interface Expected {
  readonly counters: number;
  /** All coins that there are. */
  readonly coins: number;
}

/** When all is over every counter answers, with what was written last, and no coin was lost or made. */
export function checkStates(
  states: readonly FinalState[],
  writes: readonly CommittedWrite[],
  { counters, coins }: Expected,
): readonly string[] {
  const problems: string[] = [];
  if (states.length < counters) {
    const answered = states.map(({ actor }) => actor);
    return [`only ${answered.length} of ${counters} counters answer once all is healed: ${answered}`];
  }
  const last = new Map(writes.map((write) => [write.actor, write]));
  for (const { actor, count, later } of states) {
    const write = last.get(actor);
    if (write?.count !== count || write.later !== later) {
      problems.push(
        `${actor}: holds ${count} and ${later} in the end, and ${write?.count} and ${write?.later} are written`,
      );
    }
  }
  // Not those of the states, which were not read at the same moment: coins were still on their way.
  const sum = [...last.values()].reduce((total, write) => total + write.coins, 0);
  if (sum !== coins) problems.push(`there are ${sum} coins in the end, and there were ${coins}`);
  return problems;
}
