import type { LossWindow } from "../load/tally.ts";

/** SaveTimeInter of roleapp.toml: how old a change is at most before it is sent to the store, in milliseconds. */
export const roleSaveMs = 5000;
/** What a busy machine may take on top of it. */
const slackMs = 3000;

/** What roles had acknowledged and not saved yet when it went wrong at `at`. */
export function lossWindow(at: number): LossWindow {
  // Answers that were on their way arrive a little later.
  return { from: at - roleSaveMs - slackMs, to: at + slackMs };
}
