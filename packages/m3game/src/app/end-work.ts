import type { Clock } from "../meta/clock.ts";
import type { Logger } from "../plugin/log.ts";
import type { Core } from "./start-core.ts";

/** How many of each kind the log names. */
const namedAtMost = 10;

type WorkingCore = Pick<Core, "dispatcher" | "owning" | "actors">;

export interface EndWorkOptions {
  readonly clock: Clock;
  readonly log: Logger;
  readonly limitMs: number;
}

/**
 * Takes no calls any more and ends what an app that others are to replace still does: its calls, its leaderships, its actors, what is
 * not saved yet. They wait for each other only where they must, so that one call that takes long keeps here what it needs, and nothing else. After `limitMs`
 * the log says what is left, and the calls are given up.
 */
export async function endWork(core: WorkingCore, { clock, log, limitMs }: EndWorkOptions): Promise<void> {
  const { dispatcher, owning, actors } = core;
  const calls = dispatcher.drain();
  const done = Promise.all([calls, owning?.leaders.resign(calls), actors?.system.drain()]).then(() =>
    actors?.queue.flush(),
  );
  const { promise: late, resolve: giveUp } = Promise.withResolvers<"late">();
  const timer = clock.after(limitMs, () => giveUp("late"));
  const outcome = await Promise.race([done, late]);
  timer.cancel();
  if (outcome !== "late") return;
  log.warn("not all was done when the time to drain was over", leftOf(core));
  dispatcher.abandon();
}

/** What an app still has, how much of it and the first few by name. */
function leftOf({ dispatcher, owning, actors }: WorkingCore) {
  const turns = actors?.system.turns() ?? [];
  return {
    calls: dispatcher.inFlight,
    methods: dispatcher.runningMethods.slice(0, namedAtMost),
    leads: owning?.leaders.leading ?? [],
    actors: turns.length,
    turns: turns.slice(0, namedAtMost),
    unsaved: actors?.queue.backlog.entities ?? 0,
  };
}
