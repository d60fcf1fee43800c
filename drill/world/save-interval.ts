import type { LossWindow } from "../load/losses.ts";

/** SaveTimeInter of roleapp.toml: how old a change is at most before it is sent to the store, in milliseconds. */
export const roleSaveMs = 5000;
/** LeaseKeepLiveTime of roleapp.toml: how long roles are served after the lease store was lost, in milliseconds. */
const roleSessionMs = 15_000;
/** What a busy machine may take on top of it, and until answers that were on their way have arrived. */
const slackMs = 3000;

/** What roles had acknowledged and not saved yet when it went wrong at `at`. */
export function lossWindow(at: number): LossWindow {
  return { from: at - roleSaveMs - slackMs, to: at + slackMs };
}

/** What roles had acknowledged and not saved yet when their sessions were over, the lease store being lost at `at`. */
export function leaseLossWindow(at: number): LossWindow {
  return { ...lossWindow(at), to: at + roleSessionMs + slackMs };
}

/** What was acknowledged from `since` on when it went wrong at `at`: all of it, saved or not. */
export function rollbackWindow(since: number, at: number): LossWindow {
  return { from: since, to: at + slackMs };
}
