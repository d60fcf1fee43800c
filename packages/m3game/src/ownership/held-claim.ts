import { isM3Error, type M3Error, reasonError } from "../meta/error.ts";
import type { Fence } from "../plugin/fence.ts";
import type { SessionClaim } from "./claim.ts";
import type { OwnedSession } from "./owned-session.ts";
import { untilKnown } from "./until-known.ts";

/** A claim of an app's session. There may be a million, so it keeps no more than it must. */
export class HeldClaim implements SessionClaim {
  readonly id: string;
  readonly #counter: bigint;
  readonly #storeId: string;
  readonly #session: OwnedSession;
  #phase: "held" | "leaving" | "ended" = "held";
  #leaving: Promise<void> | undefined;
  #lost: AbortController | undefined;

  constructor(
    session: OwnedSession,
    options: { readonly id: string; readonly storeId: string; readonly counter: bigint },
  ) {
    this.#session = session;
    this.id = options.id;
    this.#storeId = options.storeId;
    this.#counter = options.counter;
  }

  get fence(): Fence {
    return { epoch: this.#session.epoch, counter: this.#counter };
  }

  isHeld(): boolean {
    return this.#phase === "held" && this.#session.owns();
  }

  get deadline(): number {
    return this.#session.deadline;
  }

  get lost(): AbortSignal {
    if (this.#lost === undefined) {
      this.#lost = new AbortController();
      if (this.#phase === "ended") this.#lost.abort(this.#notHeld());
    }
    return this.#lost.signal;
  }

  async settled(): Promise<void> {
    await this.#leaving?.catch(() => {});
  }

  transfer(targetApp: string): Promise<void> {
    return this.#leave(() => this.#transfer(targetApp));
  }

  async release(): Promise<void> {
    if (this.#phase === "leaving") await this.settled();
    // Of a lost session nothing is given up: the store has ended it, or will.
    if (this.isHeld()) await this.#leave(() => this.#release());
    else this.end();
  }

  end(): void {
    if (this.#phase === "ended") return;
    this.#phase = "ended";
    if (this.#session.claims.get(this.#storeId) === this) this.#session.claims.delete(this.#storeId);
    this.#lost?.abort(this.#notHeld());
  }

  refused(): void {
    if (this.#phase === "held") {
      this.#session.log.warn("a claim is not held any more: the store of the data knows a newer owner", {
        claim: this.id,
      });
    }
    this.#session.onRefused(this);
    this.end();
  }

  async #leave(work: () => Promise<void>): Promise<void> {
    if (!this.isHeld()) throw this.#notHeld();
    this.#phase = "leaving";
    this.#leaving = work();
    await this.#leaving;
  }

  async #transfer(targetApp: string): Promise<void> {
    const { store } = this.#session;
    const result = await this.#orUnsettled(() => store.transfer(this.#storeId, this.#counter, targetApp));
    if (result.status !== "no_target") this.end();
    if (result.status === "not_held") throw this.#notHeld();
    if (result.status === "transferred") return;
    if (this.#phase === "leaving") this.#phase = "held";
    throw reasonError(
      "NO_INSTANCE",
      `${this.id} can't be given to ${targetApp}: it has no session with the lease store`,
    );
  }

  async #release(): Promise<void> {
    await this.#orUnsettled(() => this.#session.store.release(this.#storeId, this.#counter));
    this.end();
  }

  async #orUnsettled<T>(ask: () => Promise<T>): Promise<T> {
    try {
      return await untilKnown(ask, () => this.#session.owns());
    } catch (error) {
      // What was sent may take effect later, when this app has acquired the id anew.
      if (!isM3Error(error) || error.reason === "UNKNOWN_OUTCOME") {
        this.#session.unsettled.set(this.#storeId, this.#counter);
      }
      this.end();
      throw error;
    }
  }

  #notHeld(): M3Error {
    return reasonError("FENCED", `${this.id} is not held by this app any more`);
  }
}
