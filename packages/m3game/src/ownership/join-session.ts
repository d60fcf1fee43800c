import { randomUUID } from "node:crypto";
import type { Clock } from "../meta/clock.ts";
import { isM3Error, type M3Error, reasonError } from "../meta/error.ts";
import { pause } from "../meta/pause.ts";
import type { Lease, LeaseStoreSession, OpenSessionResult } from "../plugin/lease.ts";
import type { Logger } from "../plugin/log.ts";

export interface JoinOptions {
  readonly app: string;
  readonly address: string;
  readonly lease: Lease;
  readonly clock: Clock;
  readonly log: Logger;
  readonly ttlMs: number;
  /** How long another session of the same app id is waited for, in milliseconds. */
  readonly joinTimeoutMs: number;
  readonly signal: AbortSignal;
  /** Goes on while the lease store can't be reached. */
  readonly isPatient: boolean;
}

export interface JoinedSession {
  readonly incarnation: string;
  readonly store: LeaseStoreSession;
}

/**
 * Opens the session of a new incarnation. While an older incarnation's session runs, as after a crash, it waits for its
 * end. Rejects with APP_ID_TAKEN when it does not end, with CANCELLED when `signal` is aborted.
 */
export async function joinSession(options: JoinOptions): Promise<JoinedSession> {
  const { app, clock, log, joinTimeoutMs, signal, ttlMs } = options;
  const incarnation = randomUUID();
  let takenSince: number | undefined;
  let isAway = false;
  for (;;) {
    if (signal.aborted) throw stoppedEarly(app);
    const result = await openSession(options, incarnation);
    if (result instanceof Error) {
      if (!isAway) log.warn("can't open a session with the lease store; trying again", { error: result });
      isAway = true;
      await pause(clock, ttlMs / 4, signal);
      continue;
    }
    if (result.status === "open") return { incarnation, store: result.session };
    const { holder, remainingMs } = result;
    if (takenSince === undefined) {
      log.warn("an older incarnation of this app has a session with the lease store; waiting for its end", {
        ...{ app, incarnation: holder.incarnation, address: holder.address, remainingMs },
      });
    }
    takenSince ??= clock.now();
    if (clock.now() - takenSince >= joinTimeoutMs) {
      throw reasonError(
        "APP_ID_TAKEN",
        `app id ${app} is in use by ${holder.address} (incarnation ${holder.incarnation}): its session with the lease store ` +
          `did not end for ${joinTimeoutMs} ms; two processes have one id, give this one another`,
      );
    }
    await pause(clock, Math.max(50, Math.min(remainingMs, ttlMs / 10)), signal);
  }
}

export function stoppedEarly(app: string): M3Error {
  return reasonError("CANCELLED", `${app} was stopped before it had a session with the lease store`);
}

/** What the store answered, or why it could not be asked when that is worth another attempt. */
async function openSession(options: JoinOptions, incarnation: string): Promise<OpenSessionResult | Error> {
  const { lease, app, address, ttlMs, isPatient } = options;
  try {
    return await lease.openSession({ app, address, incarnation, ttlMs });
  } catch (error) {
    const isUnknown = isM3Error(error) && error.reason === "UNKNOWN_OUTCOME";
    if (error instanceof Error && (isPatient || isUnknown)) return error;
    throw error;
  }
}
