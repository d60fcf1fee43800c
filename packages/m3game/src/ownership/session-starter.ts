import type { AppId } from "../meta/app-id.ts";
import type { Clock } from "../meta/clock.ts";
import { reasonError } from "../meta/error.ts";
import { pause } from "../meta/pause.ts";
import type { Lease, LeaseStoreSession } from "../plugin/lease.ts";
import type { Logger } from "../plugin/log.ts";
import type { Claim } from "./claim.ts";
import { importRenewer } from "./import-renewer.ts";
import { joinSession, stoppedEarly } from "./join-session.ts";
import type { Keepalive, KeepaliveEvents } from "./keepalive.ts";
import { KeepaliveLoop } from "./keepalive-loop.ts";
import type { KeepaliveThread } from "./keepalive-thread.ts";
import { OwnedSession, type OwnershipState } from "./owned-session.ts";

export interface SessionStarterOptions {
  readonly app: AppId;
  readonly address: string;
  readonly lease: Lease;
  readonly clock: Clock;
  readonly log: Logger;
  readonly ttlMs: number;
  readonly joinTimeoutMs: number;
  readonly epoch: (storeName: string) => Promise<bigint>;
  /** Undefined: on this thread and `clock`. */
  readonly thread: KeepaliveThread | undefined;
  readonly signal: AbortSignal;
  readonly onState: (state: OwnershipState) => void;
  readonly onRefused: (claim: Claim) => void;
}

/** How many sessions are opened at the start before it fails. */
const maxAttempts = 3;

/** Starts sessions of an app, one incarnation after the other. */
export class SessionStarter {
  readonly #options: SessionStarterOptions;

  constructor(options: SessionStarterOptions) {
    this.#options = options;
  }

  /**
   * A session of a new incarnation, renewed once already. `isPatient`: tries again while the lease store can't be reached,
   * instead of rejecting with PLUGIN_FAILED.
   */
  async start(isPatient: boolean): Promise<OwnedSession> {
    // On a busy machine a new thread may take longer to start than the first session lasts; the next one finds it there.
    await using _hold = this.#options.thread?.hold();
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#startOnce(isPatient);
      } catch (error) {
        if (!(error instanceof NotBegun)) throw error;
        if (!isPatient && attempt === maxAttempts)
          throw reasonError("PLUGIN_FAILED", `the session with the lease store did not begin: ${error.message}`);
        this.#options.log.warn("the session with the lease store did not begin; trying again", { error });
      }
    }
  }

  async #startOnce(isPatient: boolean): Promise<OwnedSession> {
    const { app, clock, log, lease, onState, onRefused } = this.#options;
    // Asked first: fences of this session must not be older than the store's epoch.
    const { storeName, fenceEpoch } = await this.#enterEpoch(isPatient);
    const { incarnation, store } = await joinSession({ ...this.#options, app: app.app, isPatient });
    if ((await lease.storeName().catch(() => undefined)) !== storeName) {
      await store.close().catch(() => {});
      throw new NotBegun("the lease store has begun to count anew, or can't be asked");
    }
    const startKeepalive = (events: KeepaliveEvents) => this.#startKeepalive(store, events);
    const { guardMs } = lease;
    const session = OwnedSession.begin({
      ...{ incarnation, epoch: fenceEpoch, store, clock, log, guardMs, startKeepalive, onState, onRefused },
    });
    return session.catch((error) => {
      throw new NotBegun(error instanceof Error ? error.message : String(error), { cause: error });
    });
  }

  async #enterEpoch(isPatient: boolean) {
    const { app, lease, epoch, clock, log, ttlMs, signal } = this.#options;
    for (let isFirst = true; ; isFirst = false) {
      try {
        const storeName = await lease.storeName();
        return { storeName, fenceEpoch: await epoch(storeName) };
      } catch (error) {
        if (signal.aborted) throw stoppedEarly(app.app);
        if (!isPatient) throw error;
        if (isFirst) log.warn("can't ask for the epoch of a new session; trying again", { error });
        await pause(clock, ttlMs / 4, signal);
      }
    }
  }

  async #startKeepalive(store: LeaseStoreSession, events: KeepaliveEvents): Promise<Keepalive> {
    const { clock, lease, thread } = this.#options;
    const { renewal, ttlMs } = store;
    const time = { ttlMs, guardMs: lease.guardMs };
    if (renewal.kind === "module" && thread !== undefined) {
      const { module, data } = renewal;
      return thread.start({ module, data, ...time, events });
    }
    const renewer =
      renewal.kind === "inline" ? renewal.renewer : await importRenewer(renewal.module.href, renewal.data);
    return KeepaliveLoop.start({ clock, renewer, ...time, mayRenew: () => true, events });
  }
}

class NotBegun extends Error {}
