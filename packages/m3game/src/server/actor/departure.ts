import type { MovedRow } from "../../entity/moved-row.ts";
import type { Clock } from "../../meta/clock.ts";
import { isM3Error, type M3Error } from "../../meta/error.ts";
import type { Logger } from "../../plugin/log.ts";
import type { MaybePromise } from "../../rpc/interceptor.ts";
import type { Actor, ExitReason } from "./actor.ts";
import { type MovedActor, nothingMoved } from "./moved-actor.ts";

const maxStateBytes = 1024 * 1024;

/** The app that takes an actor over. */
export interface MoveTarget {
  readonly app: string;
  /** The claim is its own now. Calls that wait go there once this has resolved; it never rejects. */
  readonly onMoved?: (moved: MovedActor) => Promise<void>;
}

/** What of an actor its way out needs. */
export interface DepartingActor {
  readonly log: Logger;
  owns(): boolean;
  runTask(name: string, task: () => MaybePromise<void>): Promise<void>;
  checkOwned(): void;
  /** Its entities, as the store has confirmed them. */
  confirmedRows(): readonly MovedRow[];
  flush(): Promise<void>;
  releaseClaim(): Promise<void>;
  transferClaim(targetApp: string): Promise<void>;
}

/** An actor's way out, in order: its last turns, its changes confirmed by the store, then its claim. */
export class Departure {
  readonly #reason: ExitReason;
  readonly #target: MoveTarget | undefined;
  readonly #clock: Clock;
  readonly #done = Promise.withResolvers<MovedActor>();
  #moved: MovedActor = nothingMoved;
  #failure: unknown;
  isUnderWay = false;

  constructor(reason: ExitReason, target: MoveTarget | undefined, clock: Clock) {
    this.#reason = reason;
    this.#target = target;
    this.#clock = clock;
  }

  /** Resolves with what moved along, once it is over. */
  get done(): Promise<MovedActor> {
    return this.#done.promise;
  }

  /** Runs all of it. True when the actor has to stay: its changes could not be saved. */
  async run(host: DepartingActor, actor: Actor): Promise<boolean> {
    this.isUnderWay = true;
    const since = this.#clock.now();
    try {
      await this.#lastTurn(host, "onSave", () => actor.onSave());
      await host.flush();
      if (this.#target !== undefined) {
        await this.#lastTurn(host, "onMoveOut", async () => this.#take(await actor.onMoveOut()));
      }
      await this.#lastTurn(host, "onExit", () => actor.onExit(this.#reason));
      await host.flush();
      host.checkOwned();
      if (this.#target !== undefined) this.#moved = { ...this.#moved, rows: host.confirmedRows() };
    } catch (error) {
      this.#failure = error;
      return host.owns();
    }
    await this.#giveClaim(host, since);
    return false;
  }

  /** It is over: tells whoever waits. */
  end(): void {
    if (this.#failure === undefined) this.#done.resolve(this.#moved);
    else this.#done.reject(this.#failure);
  }

  /** It was cut short. */
  fail(error: M3Error): void {
    this.#done.reject(error);
  }

  // What fails in a hook of the game must not keep the actor's data here for ever.
  async #lastTurn(host: DepartingActor, name: string, task: () => MaybePromise<void>): Promise<void> {
    host.checkOwned();
    try {
      await host.runTask(name, task);
    } catch (error) {
      host.log.error("a turn failed", { turn: name, error });
    }
  }

  #take(state: Uint8Array): void {
    if (state.length > maxStateBytes) {
      throw new RangeError(`onMoveOut gave ${state.length} bytes, more than ${maxStateBytes}: they are left behind`);
    }
    this.#moved = { ...this.#moved, state };
  }

  async #giveClaim(host: DepartingActor, since: number): Promise<void> {
    if (this.#target === undefined) return host.releaseClaim();
    const { app, onMoved } = this.#target;
    try {
      await host.transferClaim(app);
    } catch (error) {
      this.#failure = error;
      // All is saved: whoever is called next may have it.
      if (isM3Error(error) && error.reason === "NO_INSTANCE") await host.releaseClaim();
      return;
    }
    const moved = { ...this.#moved, pausedMs: this.#clock.now() - since };
    await onMoved?.(moved);
    this.#moved = { ...moved, pausedMs: this.#clock.now() - since };
  }
}
